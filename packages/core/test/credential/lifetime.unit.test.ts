import { describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { expiryOf } from '../../src/auth/credential/lifetime.js'

const now = Date.UTC(2026, 0, 1, 12, 0, 0, 500)
const rules = { standardDays: 30, maxDays: 3650, allowNever: true }
const day = 86_400_000
const second = 1000
const wholeSecond = now - 500

const endOf = (input: object, more: object = {}) => expiryOf(input, now, { ...rules, ...more })
const faultOf = (input: object, more: object = {}): unknown => {
  try {
    return endOf(input, more)
  } catch (error) {
    return error
  }
}

describe('the end of a key', () => {
  it('is 30 days from now when nothing is said', () => expect(endOf({})).toBe(wholeSecond + 30 * day))

  it.each([
    ['1d', day],
    ['7d', 7 * day],
    ['90d', 90 * day],
    ['3650d', 3650 * day],
    ['12h', day / 2],
    [3600, 3600 * second],
    [1, second],
  ])('is so far away: %p', (expiresIn, milliseconds) => {
    expect(endOf({ expiresIn })).toBe(Math.floor((now + milliseconds) / second) * second)
  })

  it('is never with "never"', () => expect(endOf({ expiresIn: 'never' })).toBeUndefined())

  it.each([
    ['2026-02-01', Date.UTC(2026, 1, 1)],
    ['2026-02-01T10:30', Date.UTC(2026, 1, 1, 10, 30)],
    ['2026-02-01T10:30:15.999Z', Date.UTC(2026, 1, 1, 10, 30, 15)],
    ['2026-02-01T10:30:15+02:00', Date.UTC(2026, 1, 1, 8, 30, 15)],
    ['2028-02-29', Date.UTC(2028, 1, 29)],
  ])('may be a date: %s', (expiresAt, end) => expect(endOf({ expiresAt })).toBe(end))

  // The zone of this process cannot be changed from here, so the text that is parsed has to show it.
  it('is read as UTC without a zone, wherever the server stands', () => {
    const parse = jest.spyOn(Date, 'parse')
    endOf({ expiresAt: '2026-02-01T00:00:00' })
    expect(parse.mock.calls).toEqual([['2026-02-01T00:00:00Z']])
    parse.mockRestore()
  })

  it('is a whole second in the future, and no later than asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3650 * 86_400 }), fc.integer({ min: 0, max: 4e12 }), (expiresIn, at) => {
        const end = expiryOf({ expiresIn }, at, rules) ?? 0
        expect(end % second).toBe(0)
        expect(end).toBeGreaterThan(at)
        expect(end).toBeLessThanOrEqual(at + expiresIn * second)
      }),
    )
  })
})

describe('400 for an end that makes no sense', () => {
  it.each([
    -1,
    0,
    0.5,
    1e12,
    1e300,
    '-1d',
    '0d',
    '0h',
    '1.5d',
    'abc',
    '',
    '30',
    '30 d',
    '30D',
    '1w',
    '9999999d',
    '1e3d',
    null,
    true,
    {},
    { $gt: 0 },
    [],
    ['30d'],
    'Never',
  ])('expiresIn %p', (expiresIn) => {
    expect(faultOf({ expiresIn })).toMatchObject({ status: 400, code: 'INVALID_VALUE', path: 'expiresIn' })
  })

  it.each([
    '2025-12-31',
    '2026-01-01T12:00:00Z',
    '2026-01-01T12:00:00.900Z',
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '10000-01-01',
    '2026-02-01T25:00',
    '01.02.2026',
    'tomorrow',
    'never',
    '',
    '2026-02-01; DROP',
    1_900_000_000,
    null,
    {},
    ['2026-02-01'],
  ])('expiresAt %p', (expiresAt) => {
    expect(faultOf({ expiresAt })).toMatchObject({ status: 400, code: 'INVALID_VALUE', path: 'expiresAt' })
  })

  it('for both at once', () => {
    expect(faultOf({ expiresIn: '1d', expiresAt: '2026-02-01' })).toMatchObject({ status: 400 })
  })
})

describe('the operator’s rules', () => {
  it('set the longest life', () => {
    expect(endOf({ expiresIn: '7d' }, { maxDays: 7 })).toBe(wholeSecond + 7 * day)
    expect(faultOf({ expiresIn: '8d' }, { maxDays: 7 })).toMatchObject({ status: 400, path: 'expiresIn' })
    expect(faultOf({ expiresAt: '2026-01-09' }, { maxDays: 7 })).toMatchObject({ status: 400, path: 'expiresAt' })
  })

  it('shorten what is taken when nothing is said', () => {
    expect(endOf({}, { maxDays: 7 })).toBe(wholeSecond + 7 * day)
  })

  it('may rule out keys without an end', () => {
    expect(faultOf({ expiresIn: 'never' }, { allowNever: false })).toMatchObject({ status: 400, path: 'expiresIn' })
  })

  it('cannot allow an end past any calendar', () => {
    expect(faultOf({ expiresAt: '9999-12-31' }, { maxDays: 10_000_000 })).toMatchObject({ status: 400 })
  })
})
