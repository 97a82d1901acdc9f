import { describe, expect, it } from '@jest/globals'
import { namedRange, relativeNames, relativeRange } from '../../src/database/filter/relative-range.js'
import { wallRangeOf, wholeDays, type WallRange } from '../../src/database/filter/wall-range.js'

const shown = (range: WallRange | undefined): string | undefined =>
  range &&
  [range.from, range.to]
    .map((wall) => new Date(wall).toISOString().replace('T00:00:00.000Z', '').replace('.000Z', ''))
    .join(' to ')

describe('a text stands for a stretch of the calendar', () => {
  it.each([
    ['2026', '2026-01-01 to 2027-01-01'],
    ['0001', '0001-01-01 to 0002-01-01'],
    ['0099', '0099-01-01 to 0100-01-01'],
    ['9999', '9999-01-01 to +010000-01-01'],
    ['2026Q1', '2026-01-01 to 2026-04-01'],
    ['2026Q4', '2026-10-01 to 2027-01-01'],
    ['2026W01', '2025-12-29 to 2026-01-05'],
    ['2026-W53', '2026-12-28 to 2027-01-04'],
    ['2027W01', '2027-01-04 to 2027-01-11'],
    ['2024-02', '2024-02-01 to 2024-03-01'],
    ['2026-12', '2026-12-01 to 2027-01-01'],
    ['2024-02-29', '2024-02-29 to 2024-03-01'],
    ['2026-05-06T10', '2026-05-06T10:00:00 to 2026-05-06T11:00:00'],
    ['2026-05-06 10:30', '2026-05-06T10:30:00 to 2026-05-06T10:31:00'],
    ['2026-05-06 23:59:59', '2026-05-06T23:59:59 to 2026-05-07'],
    ['2026-05-06T10:30:05.25', '2026-05-06T10:30:05.250Z to 2026-05-06T10:30:05.251Z'],
  ])('%s', (text, range) => expect(shown(wallRangeOf(text))).toBe(range))

  it.each([
    '0000',
    '0000-01',
    '26',
    '20260',
    '2026Q0',
    '2026Q5',
    '2026q1',
    '2026W00',
    '2026W54',
    '2027W53',
    '2026-00',
    '2026-13',
    '9999-13',
    '2024-02-30',
    '2025-02-29',
    '2026-04-31',
    '2026-01-00',
    '2026-05-06T24',
    '2026-05-06T10:60',
    '2026-05-06T10:30:60',
    '2026-5-6',
    '2026/05/06',
    '2026-05-06Z',
    'today',
    'infinity',
    '',
    ' 2026',
    '2026 ',
    '２０２６',
  ])('%j stands for none', (text) => expect(wallRangeOf(text)).toBeUndefined())
})

// A Wednesday.
const now = Date.parse('2026-05-06T13:30:00Z')

describe('what people say stands for a stretch around now', () => {
  it.each([
    ['today', '2026-05-06 to 2026-05-07'],
    ['yesterday', '2026-05-05 to 2026-05-06'],
    ['tomorrow', '2026-05-07 to 2026-05-08'],
    ['thisWeek', '2026-05-04 to 2026-05-11'],
    ['lastWeek', '2026-04-27 to 2026-05-04'],
    ['nextWeek', '2026-05-11 to 2026-05-18'],
    ['thisMonth', '2026-05-01 to 2026-06-01'],
    ['lastMonth', '2026-04-01 to 2026-05-01'],
    ['nextMonth', '2026-06-01 to 2026-07-01'],
    ['thisQuarter', '2026-04-01 to 2026-07-01'],
    ['lastQuarter', '2026-01-01 to 2026-04-01'],
    ['nextQuarter', '2026-07-01 to 2026-10-01'],
    ['thisYear', '2026-01-01 to 2027-01-01'],
    ['lastYear', '2025-01-01 to 2026-01-01'],
    ['nextYear', '2027-01-01 to 2028-01-01'],
  ])('%s', (type, range) => {
    expect(shown(namedRange(type, now))).toBe(range)
    const outcome = relativeRange({ type }, now)
    expect('range' in outcome && shown(outcome.range)).toBe(range)
  })

  it.each([
    ['thisIsoWeek', '2026-05-04 to 2026-05-11'],
    ['last7Days', '2026-04-30 to 2026-05-07'],
    ['next7Days', '2026-05-07 to 2026-05-14'],
    ['last30Days', '2026-04-07 to 2026-05-07'],
    ['next90Days', '2026-05-07 to 2026-08-05'],
  ])('$nDate.%s', (name, range) => expect(shown(namedRange(name, now))).toBe(range))

  it('has a stretch for every name', () => {
    for (const name of relativeNames) expect(namedRange(name, now)).toBeDefined()
    for (const name of ['now', 'constructor', 'past', 'TODAY']) expect(namedRange(name, now)).toBeUndefined()
  })

  it.each([
    ['past', 3, 'day', '2026-05-03 to 2026-05-06'],
    ['next', 3, 'day', '2026-05-07 to 2026-05-10'],
    ['past', 1, 'week', '2026-04-27 to 2026-05-04'],
    ['next', 2, 'week', '2026-05-11 to 2026-05-25'],
    ['past', 5, 'month', '2025-12-01 to 2026-05-01'],
    ['next', 8, 'month', '2026-06-01 to 2027-02-01'],
    ['past', 2, 'quarter', '2025-10-01 to 2026-04-01'],
    ['next', 1, 'year', '2027-01-01 to 2028-01-01'],
    ['past', 2, 'year', '2024-01-01 to 2026-01-01'],
  ])('%s %d %s', (type, number, unit, range) => {
    const outcome = relativeRange({ type, number, unit }, now)
    expect('range' in outcome && shown(outcome.range)).toBe(range)
  })

  it('begins on Monday, on a Sunday and on a Monday too', () => {
    for (const day of ['2026-05-04', '2026-05-10']) {
      expect(shown(namedRange('thisWeek', Date.parse(`${day}T12:00:00Z`)))).toBe('2026-05-04 to 2026-05-11')
    }
  })

  it.each([
    [{}, 'type'],
    [{ type: 'someday' }, 'type'],
    [{ type: 'constructor' }, 'type'],
    [{ type: ['today'] }, 'type'],
    [{ type: 'last7Days' }, 'type'],
    [{ type: 'today', number: 1 }, 'number'],
    [{ type: 'past' }, 'number'],
    [{ type: 'past', unit: 'day' }, 'number'],
    [{ type: 'past', number: 0, unit: 'day' }, 'number'],
    [{ type: 'past', number: -1, unit: 'day' }, 'number'],
    [{ type: 'past', number: 1.5, unit: 'day' }, 'number'],
    [{ type: 'past', number: '3', unit: 'day' }, 'number'],
    [{ type: 'next', number: 10_001, unit: 'day' }, 'number'],
    [{ type: 'past', number: 3 }, 'unit'],
    [{ type: 'past', number: 3, unit: 'century' }, 'unit'],
    [{ type: 'past', number: 3, unit: 'day', zone: 'x' }, 'zone'],
  ])('%j is refused at %s', (operand, member) => expect(relativeRange(operand, now)).toMatchObject({ member }))
})

it('takes whole days where there is no time of day', () => {
  const range = wallRangeOf('2026-05-06 23:30')
  expect(range && shown(wholeDays(range))).toBe('2026-05-06 to 2026-05-07')
})
