import { describe, expect, it } from '@jest/globals'
import { systemClock } from '../../src/kernel/clock.js'
import { silentLogger } from '../../src/kernel/logger.js'
import { notFound } from '../../src/kernel/wire-errors.js'

describe('the clock of the system', () => {
  it('counts days of 24 hours back from now', () => {
    const difference = Date.now() - systemClock.daysAgo(1.5).getTime()
    expect(Math.abs(difference - 36 * 3_600_000)).toBeLessThan(1000)
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000)
  })
})

describe('the silent logger', () => {
  it('says nothing, and neither do its children', () => {
    expect(silentLogger.child({ plugin: 'x' })).toBe(silentLogger)
    expect(silentLogger.error('x')).toBeUndefined()
  })
})

describe('notFound', () => {
  it('is the same to the byte each time', () => {
    const [a, b] = [notFound(), notFound()]
    expect([a.code, a.status, a.message]).toEqual([b.code, b.status, b.message])
    expect(a.message).toBe('Not found')
  })
})
