import { isCalendarUnit, unitsFrom, type CalendarUnit, type WallRange } from './wall-range.js'

/** Where a named range begins, counted from the current unit, and how many units it has. */
type Named = readonly [unit: CalendarUnit, first: number, count: number]

const places: readonly (readonly [string, number])[] = [
  ['this', 0],
  ['last', -1],
  ['next', 1],
]
const unitNames: readonly (readonly [string, CalendarUnit])[] = [
  ['Week', 'week'],
  ['Month', 'month'],
  ['Quarter', 'quarter'],
  ['Year', 'year'],
]

/** `today`, `thisWeek`, `lastMonth` …: by `type` in an operand, and as variables. */
const types: ReadonlyMap<string, Named> = new Map<string, Named>([
  ['today', ['day', 0, 1]],
  ['yesterday', ['day', -1, 1]],
  ['tomorrow', ['day', 1, 1]],
  ...places.flatMap(([place, first]) =>
    unitNames.map(([name, unit]): [string, Named] => [`${place}${name}`, [unit, first, 1]]),
  ),
])

/** Only as variables: so many days that end with today, or that begin tomorrow. */
const spans: ReadonlyMap<string, Named> = new Map<string, Named>([
  ...['this', 'last', 'next'].map((place): [string, Named] => [
    `${place}IsoWeek`,
    types.get(`${place}Week`) ?? ['week', 0, 1],
  ]),
  ...[7, 30, 90].flatMap((days): [string, Named][] => [
    [`last${days}Days`, ['day', 1 - days, days]],
    [`next${days}Days`, ['day', 1, days]],
  ]),
])

/** The names of `{"type":…}`. */
export const relativeTypes: readonly string[] = [...types.keys(), 'past', 'next']
/** The names behind `$nDate.`, beside `now`. */
export const relativeNames: readonly string[] = [...types.keys(), ...spans.keys()]

const rangeOf = ([unit, first, count]: Named, now: number): WallRange => unitsFrom(unit, now, first, count)

/** @param now what the clocks show @returns undefined when there is no such name */
export function namedRange(name: string, now: number): WallRange | undefined {
  const named = types.get(name) ?? spans.get(name)
  return named && rangeOf(named, now)
}

/** So many centuries are enough, and leave the calendar of JavaScript far away. */
const mostUnits = 10_000

type Outcome = { readonly range: WallRange } | { readonly problem: string; readonly member?: string }

/**
 * `{"type":"today"}`, `{"type":"past","number":3,"unit":"day"}`. The current unit is neither past nor next.
 *
 * @param now what the clocks show
 */
export function relativeRange(operand: Readonly<Record<string, unknown>>, now: number): Outcome {
  const { type, number, unit } = operand
  const isCounted = type === 'past' || type === 'next'
  const known = isCounted ? ['type', 'number', 'unit'] : ['type']
  const unknown = Object.keys(operand).find((member) => !known.includes(member))
  if (typeof type !== 'string' || !relativeTypes.includes(type)) {
    return { problem: `type must be one of ${relativeTypes.join(', ')}`, member: 'type' }
  }
  if (unknown !== undefined) return { problem: `there is no "${unknown}" beside the type ${type}`, member: unknown }
  const named = types.get(type)
  if (named) return { range: rangeOf(named, now) }
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > mostUnits) {
    return { problem: `number must be a whole number from 1 to ${mostUnits}`, member: 'number' }
  }
  if (!isCalendarUnit(unit)) return { problem: 'unit must be day, week, month, quarter or year', member: 'unit' }
  return { range: unitsFrom(unit, now, type === 'past' ? -number : 1, number) }
}
