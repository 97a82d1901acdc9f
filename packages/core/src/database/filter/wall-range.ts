// Stretches of the calendar as wall times: milliseconds that `Date.UTC` makes of what calendars and clocks show.

/** From, included, to the first moment that is not in it. */
export interface WallRange {
  readonly from: number
  readonly to: number
}

const units = ['day', 'week', 'month', 'quarter', 'year'] as const
export type CalendarUnit = (typeof units)[number]
export const calendarUnits: readonly string[] = units
export const isCalendarUnit = (value: unknown): value is CalendarUnit => units.some((unit) => unit === value)

export const dayLength = 86_400_000

/** Months and days beyond their ends carry over; years below 100 are what they are. */
function wallOf(year: number, month = 0, day = 1): number {
  return new Date(0).setUTCFullYear(year, month, day)
}

const startOfDay = (wall: number): number => Math.floor(wall / dayLength) * dayLength
/** Days since Monday. */
const weekday = (wall: number): number => (new Date(wall).getUTCDay() + 6) % 7

function startOf(unit: CalendarUnit, wall: number): number {
  const date = new Date(wall)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  switch (unit) {
    case 'day':
      return startOfDay(wall)
    case 'week':
      return startOfDay(wall) - weekday(wall) * dayLength
    case 'month':
      return wallOf(year, month)
    case 'quarter':
      return wallOf(year, month - (month % 3))
    case 'year':
      return wallOf(year)
  }
}

/** The start of the unit that is so many later. */
function shift(unit: CalendarUnit, start: number, count: number): number {
  const date = new Date(start)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  switch (unit) {
    case 'day':
      return wallOf(year, month, day + count)
    case 'week':
      return wallOf(year, month, day + 7 * count)
    case 'month':
      return wallOf(year, month + count)
    case 'quarter':
      return wallOf(year, month + 3 * count)
    case 'year':
      return wallOf(year + count)
  }
}

/** So many units, beginning with the one that is `first` after the current one. */
export function unitsFrom(unit: CalendarUnit, now: number, first: number, count: number): WallRange {
  const start = startOf(unit, now)
  return { from: shift(unit, start, first), to: shift(unit, start, first + count) }
}

const whole = (unit: CalendarUnit, wall: number): WallRange => unitsFrom(unit, wall, 0, 1)

/** Whole days that hold a range: what a field without a time of day can be compared with. */
export const wholeDays = ({ from, to }: WallRange): WallRange => ({
  from: startOfDay(from),
  to: startOfDay(to - 1) + dayLength,
})

/** The ISO week: the first one of a year holds the 4th of January. */
function isoWeek(year: number, week: number): WallRange | undefined {
  const range = whole('week', shift('week', startOf('week', wallOf(year, 0, 4)), week - 1))
  const thursday = new Date(range.from + 3 * dayLength)
  return thursday.getUTCFullYear() === year && week >= 1 ? range : undefined
}

const dayForm = /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?)?)?$/

/** A month, a day, or a time of day, as long as it is exact. */
function dayRange(text: string): WallRange | undefined {
  const [, year, month, day, hour, minute, second, fraction] = dayForm.exec(text) ?? []
  if (year === undefined || Number(year) < 1) return undefined
  const start = wallOf(Number(year), Number(month) - 1, Number(day ?? 1))
  // A month or a day that there is not has carried over.
  if (new Date(start).toISOString().slice(0, 10) !== `${year}-${month ?? ''}-${day ?? '01'}`) return undefined
  if (day === undefined) return whole('month', start)
  if (hour === undefined) return whole('day', start)
  if (Number(hour) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) return undefined
  const length = fraction !== undefined ? 1 : second !== undefined ? 1000 : minute !== undefined ? 60_000 : 3_600_000
  const milliseconds = Number((fraction ?? '').padEnd(3, '0').slice(0, 3))
  const seconds = (Number(hour) * 60 + Number(minute ?? 0)) * 60 + Number(second ?? 0)
  const from = start + seconds * 1000 + milliseconds
  return { from, to: from + length }
}

/**
 * What a text without a zone stands for: `2026`, `2026Q2`, `2026W07`, `2026-05`, `2026-05-06`, `2026-05-06 10:30`.
 *
 * @returns undefined when it is none of these, or is not in the calendar
 */
export function wallRangeOf(text: string): WallRange | undefined {
  const [, year, quarter, week] = /^(\d{4})(?:Q([1-4])|-?W(\d{2}))?$/.exec(text) ?? []
  if (year === undefined) return dayRange(text)
  if (Number(year) < 1) return undefined
  if (quarter !== undefined) return whole('quarter', wallOf(Number(year), Number(quarter) * 3 - 3))
  if (week !== undefined) return isoWeek(Number(year), Number(week))
  return whole('year', wallOf(Number(year)))
}
