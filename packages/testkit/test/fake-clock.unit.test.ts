import { describe, expect, it } from '@jest/globals'
import { fakeClock } from '../src/fake-clock.js'

describe('a fake clock', () => {
  it('shows the real time at first, and goes on from where it was put forward', () => {
    const clock = fakeClock()
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(50)
    clock.advance(60_000)
    expect(Math.abs(clock.now() - Date.now() - 60_000)).toBeLessThan(50)
  })

  it('stands still where it is set, and moves only by what is said', () => {
    const clock = fakeClock('2026-01-31T00:00:00Z')
    clock.advance(1500)
    clock.advance(-500)
    expect(new Date(clock.now()).toISOString()).toBe('2026-01-31T00:00:01.000Z')
    expect(clock.daysAgo(31).toISOString()).toBe('2025-12-31T00:00:01.000Z')
  })

  it('lets what waits happen when it ticks, in order, and once', () => {
    const clock = fakeClock('2026-01-31T00:00:00Z')
    const happened: string[] = []
    clock.after(2000, () => happened.push('second'))
    clock.after(1000, () => happened.push('first'))
    clock.after(9000, () => happened.push('later'))
    const takeBack = clock.after(1500, () => happened.push('never'))
    takeBack()
    clock.tick(500)
    expect(happened).toEqual([])
    clock.tick(5000)
    clock.tick(1000)
    expect(happened).toEqual(['first', 'second'])
  })

  it('leaves what waits waiting when it is put forward', () => {
    const clock = fakeClock('2026-01-31T00:00:00Z')
    const happened: string[] = []
    const takeBack = clock.after(60_000, () => happened.push('too early'))
    clock.advance(86_400_000)
    expect(happened).toEqual([])
    takeBack()
  })

  it('refuses what is no instant', () => {
    expect(() => fakeClock('tomorrow')).toThrow('No instant: tomorrow')
  })
})
