// Dates in plain TypeScript, to compare the server with. It goes the other way round: from the instant of a row to what
// the clocks show, and never from the calendar to an instant.
import type { Scalar, Truth } from './truth.js'

export interface DateContext {
  readonly zone: string
  readonly now: string
}

const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    const digits = '2-digit'
    format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: digits, day: digits },
      ...{ hour: digits, minute: digits, second: digits },
    })
    formats.set(zone, format)
  }
  return format
}

/** `2026-05-06 12:30:00` */
export function shown(instant: string, zone: string): string {
  const parts = formatOf(zone).formatToParts(new Date(instant))
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? ''
  const day = [part('year').padStart(4, '0'), part('month'), part('day')].join('-')
  return `${day} ${part('hour')}:${part('minute')}:${part('second')}`
}

const dayAfter = (day: string, count: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10)

/** `2026-05-06` is in the year 2026, in 2026Q2, 2026W19, 2026-05: texts that sort as time does. */
const labels: Readonly<Record<string, (day: string) => string>> = {
  year: (day) => day.slice(0, 4),
  quarter: (day) => `${day.slice(0, 4)}Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`,
  week: (day) => {
    const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
    const thursday = dayAfter(day, 3 - weekday)
    const dayOfYear =
      (Date.parse(`${thursday}T00:00:00Z`) - Date.parse(`${thursday.slice(0, 4)}-01-01T00:00:00Z`)) / 86_400_000
    return `${thursday.slice(0, 4)}W${String(Math.floor(dayOfYear / 7) + 1).padStart(2, '0')}`
  },
  month: (day) => day.slice(0, 7),
  day: (day) => day,
}

/** The label that is so many after that of a day, found day by day. */
function labelAfter(unit: string, day: string, count: number): string {
  const labelOf = labels[unit] ?? ((text) => text)
  let [current, label] = [day, labelOf(day)]
  for (let left = Math.abs(count); left > 0; left--) {
    const before = label
    while (label === before) {
      current = dayAfter(current, Math.sign(count))
      label = labelOf(current)
    }
  }
  return label
}

type Place = -1 | 0 | 1
const place = (value: string, from: string, to: string): Place => (value < from ? -1 : value > to ? 1 : 0)
const named: Readonly<Record<string, number>> = { this: 0, last: -1, next: 1, today: 0, yesterday: -1, tomorrow: 1 }

function unitOf(text: string): string {
  if (text.length === 4) return 'year'
  if (text.includes('Q')) return 'quarter'
  if (text.includes('W')) return 'week'
  return text.length === 7 ? 'month' : 'day'
}

interface Relative {
  readonly type: string
  readonly number?: number
  readonly unit?: string
}
const isRelative = (operand: unknown): operand is Relative =>
  typeof operand === 'object' && operand !== null && 'type' in operand

function relativePlace({ type, number = 0, unit = 'day' }: Relative, day: string, today: string): Place {
  const label = (of: string): string => (labels[of] ?? String)(day)
  if (type === 'past') return place(label(unit), labelAfter(unit, today, -number), labelAfter(unit, today, -1))
  if (type === 'next') return place(label(unit), labelAfter(unit, today, 1), labelAfter(unit, today, number))
  const [, word = type, name = 'Day'] = /^(this|last|next)(\w+)$/.exec(type) ?? []
  const one = labelAfter(name.toLowerCase(), today, named[word] ?? 0)
  return place(label(name.toLowerCase()), one, one)
}

/** Before, in or after what one operand means. */
function placeOf(field: string, value: string, operand: unknown, { zone, now }: DateContext): Place {
  const wall = field === 'at' ? shown(value, zone) : value
  const day = wall.slice(0, 10)
  if (isRelative(operand)) return relativePlace(operand, day, shown(now, zone).slice(0, 10))
  const text = String(operand)
  if (!text.endsWith('Z')) return place((labels[unitOf(text)] ?? String)(day), text, text)
  if (field === 'at') return place(value, text, text)
  const there = shown(text, zone)
  return field === 'day' ? place(day, there.slice(0, 10), there.slice(0, 10)) : place(wall, there, there)
}

type Test = (from: Place, to: Place) => boolean
const operatorTests: Readonly<Record<string, Test>> = {
  $dateOn: (from, to) => from >= 0 && to <= 0,
  $dateNotOn: (from, to) => !(from >= 0 && to <= 0),
  $dateBefore: (from) => from < 0,
  $dateNotBefore: (from) => from >= 0,
  $dateAfter: (_from, to) => to > 0,
  $dateNotAfter: (_from, to) => to <= 0,
  $dateBetween: (from, to) => from >= 0 && to <= 0,
}
export const dateOperators: readonly string[] = Object.keys(operatorTests)

export function isDated(operator: string, field: string, value: Scalar, operand: unknown, context: DateContext): Truth {
  if (value === null) return null
  const [first, last]: unknown[] = Array.isArray(operand) ? operand : [operand, operand]
  const places = [first, last].map((end) => placeOf(field, String(value), end, context))
  return operatorTests[operator]?.(places[0] ?? 0, places[1] ?? 0) ?? null
}
