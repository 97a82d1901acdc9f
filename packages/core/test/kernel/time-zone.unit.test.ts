import { describe, expect, it } from '@jest/globals'
import { instantOf, parseTimeZone, wallAt, type TimeZone } from '../../src/kernel/time-zone.js'

const zone = (text: string): TimeZone => {
  const found = parseTimeZone(text)
  if (!found) throw new Error(`no zone ${text}`)
  return found
}
const iso = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('.000Z', '')
const first = (name: string, wall: string): string => `${iso(instantOf(zone(name), Date.parse(`${wall}Z`)))}Z`

describe('offsets', () => {
  it.each([
    ['+08:00', 480],
    ['-0330', -210],
    ['+8', 480],
    ['-05', -300],
    ['+14:00', 840],
    ['-00:00', 0],
    ['Z', 0],
    ['utc', 0],
  ])('%s is %d minutes', (text, minutes) => expect(zone(text).offsetAt(0) / 60_000 + 0).toBe(minutes + 0))
})

describe('names', () => {
  it.each([
    ['Europe/Berlin', '2026-01-15T12:00:00', '2026-01-15T13:00:00'],
    ['Europe/Berlin', '2026-07-15T12:00:00', '2026-07-15T14:00:00'],
    ['europe/berlin', '2026-07-15T12:00:00', '2026-07-15T14:00:00'],
    ['Asia/Kathmandu', '2026-07-15T12:00:00', '2026-07-15T17:45:00'],
    ['America/New_York', '2026-11-01T06:00:00', '2026-11-01T01:00:00'],
    ['America/New_York', '1880-01-01T12:00:00', '1880-01-01T07:03:58'],
  ])('%s at %s shows %s', (name, instant, wall) => {
    expect(iso(wallAt(zone(name), Date.parse(`${instant}Z`)))).toBe(wall)
  })
})

it.each(['', ' ', 'x', 'Mars/Olympus', '+25:00', '+14:01', '+08:60', '+', '08:00', '+8:0', '+08:00, +01:00', '../etc'])(
  '%j is no zone',
  (text) => expect(parseTimeZone(text)).toBeUndefined(),
)

it('is not slow to refuse, and keeps what it knows', () => {
  expect(parseTimeZone('A'.repeat(10_000))).toBeUndefined()
  expect(zone('Europe/Rome')).toBe(zone('Europe/Rome'))
  for (let minutes = 0; minutes < 300; minutes++) {
    parseTimeZone(`+${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`)
  }
  expect(zone('Europe/Rome').offsetAt(0)).toBe(3_600_000)
})

describe('the first instant at which the clocks show', () => {
  it.each([
    ['a usual midnight', 'Europe/Berlin', '2026-07-01T00:00:00', '2026-06-30T22:00:00Z'],
    ['the midnight before the clocks go forward', 'Europe/Berlin', '2026-03-29T00:00:00', '2026-03-28T23:00:00Z'],
    ['the midnight after it', 'Europe/Berlin', '2026-03-30T00:00:00', '2026-03-29T22:00:00Z'],
    ['a time that they jump over', 'Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:00:00Z'],
    ['a time that comes twice', 'Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00Z'],
    ['a time right after it', 'Europe/Berlin', '2026-10-25T03:00:00', '2026-10-25T02:00:00Z'],
    ['a midnight that comes twice', 'America/Havana', '2026-11-01T00:00:00', '2026-11-01T04:00:00Z'],
    ['a midnight that they jump over', 'America/Sao_Paulo', '2018-11-04T00:00:00', '2018-11-04T03:00:00Z'],
    ['a midnight before which an hour came twice', 'America/Sao_Paulo', '2018-02-18T00:00:00', '2018-02-18T03:00:00Z'],
    ['a midnight within a jump', 'America/Toronto', '1919-03-31T00:00:00', '1919-03-31T04:30:00Z'],
    ['a day that there was not', 'Pacific/Apia', '2011-12-30T00:00:00', '2011-12-30T10:00:00Z'],
    ['the day after it', 'Pacific/Apia', '2011-12-31T00:00:00', '2011-12-30T10:00:00Z'],
    ['half an hour back', 'Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00Z'],
    ['an offset', '+05:30', '2026-01-01T00:00:00', '2025-12-31T18:30:00Z'],
  ])('%s', (_what, name, wall, instant) => expect(first(name, wall)).toBe(instant))
})
