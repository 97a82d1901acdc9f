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

  it('refuses what is no instant', () => {
    expect(() => fakeClock('tomorrow')).toThrow('No instant: tomorrow')
  })
})
