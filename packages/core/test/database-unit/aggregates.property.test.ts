import { afterAll, beforeAll, expect, it } from '@jest/globals'
import fc, { type Arbitrary } from 'fast-check'
import { createTestApp, propertyRequests, type TestApp } from '@postern/testkit'
import { patience } from '../property-patience.js'

const seed = Number(process.env['QUERY_SEED'] ?? Date.now() % 2 ** 31)
const rowCount = 60

type Scalar = string | number | boolean | null
type Row = Readonly<Record<string, Scalar>>

/** Few values of each kind, so that groups have several rows; numbers that a double adds up exactly. */
const fields: Readonly<Record<string, { type: string; values: readonly Scalar[] }>> = {
  word: { type: 'string', values: ['', 'a', 'ab', 'b', null] },
  done: { type: 'boolean', values: [true, false, null] },
  count: { type: 'integer', values: [-3, 0, 1, 2, null] },
  big: { type: 'bigInt', values: [2 ** 40, 1, -7, null] },
  ratio: { type: 'double', values: [0.5, -0.25, 1024, null] },
  price: { type: 'decimal', values: ['0.10', '0.20', '-3', null] },
  at: { type: 'datetime', values: [] },
  day: { type: 'dateOnly', values: ['2024-02-29', '2024-12-30', '2025-01-01', null] },
}
const numbers = ['count', 'big', 'ratio', 'price']
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', '+05:30', '-11:00']

/** Around the nights in which clocks change, and the turn of years. */
const instant = fc.oneof(
  ...['2024-03-31', '2024-10-27', '2024-11-03', '2024-04-07', '2024-12-30', '2026-01-01'].map((day) => {
    const start = Date.parse(`${day}T00:00:00Z`)
    return fc
      .integer({ min: start - 14 * 3_600_000, max: start + 26 * 3_600_000 })
      .map((milliseconds) => new Date(milliseconds).toISOString())
  }),
)

const arbitraryRow: Arbitrary<Row> = fc.record(
  Object.fromEntries(
    Object.entries(fields).map(([name, { values }]): [string, Arbitrary<Scalar>] => [
      name,
      name === 'at' ? fc.option(instant, { freq: 8 }) : fc.constantFrom(...values),
    ]),
  ),
)

let app: TestApp
let rows: readonly Row[]
let token: string

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('samples', Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, type])))
  rows = fc.sample(arbitraryRow, { numRuns: rowCount, seed })
  await app.as('root').call('samples', 'create', rows)
  token = await app.signIn('root')
})
afterAll(() => app?.close())

interface Measure {
  readonly field?: string
  readonly aggregation: string
  readonly distinct: boolean
}
interface Dimension {
  readonly field: string
  readonly format?: string
}

const measure: Arbitrary<Measure> = fc.oneof(
  fc.record({ aggregation: fc.constant('count'), distinct: fc.constant(false) }),
  fc.record({
    field: fc.constantFrom(...Object.keys(fields)),
    aggregation: fc.constant('count'),
    distinct: fc.boolean(),
  }),
  fc.record({
    field: fc.constantFrom(...numbers),
    aggregation: fc.constantFrom('sum', 'avg', 'min', 'max'),
    distinct: fc.boolean(),
  }),
  fc.record({
    field: fc.constantFrom('word', 'at', 'day'),
    aggregation: fc.constantFrom('min', 'max'),
    distinct: fc.boolean(),
  }),
)
const formats = ['YYYY', 'YYYY-MM', 'YYYY-MM-DD', 'YYYY-MM-DD HH', 'HH:mm:ss', 'YYYY-[Q]Q', 'GGGG-[W]WW', 'E']
const dimension: Arbitrary<Dimension> = fc.oneof(
  fc.record({ field: fc.constantFrom('word', 'done', 'count', 'big', 'price', 'day', 'at') }),
  fc.record({ field: fc.constantFrom('at', 'day'), format: fc.constantFrom(...formats) }),
)

/** The figures on the clocks of a place, by the calendar that JavaScript brings. */
function wallOf(text: string, zone: string): Date {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return new Date(text)
  const timeZone = /^[+-]/.test(zone) ? 'UTC' : zone
  const [, sign = '+', hours = '0', minutes = '0'] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? []
  const shift = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  return new Date(Date.parse(`${format.format(new Date(text)).replace(' ', 'T')}Z`) + shift)
}

/** The Thursday of a week says in which year the week is. */
function weekOf(wall: Date): string {
  const thursday = new Date(wall.getTime() + (3 - ((wall.getUTCDay() + 6) % 7)) * 86_400_000)
  const days = Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000)
  return `${thursday.getUTCFullYear()}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`
}

function formatted(text: string, format: string, zone: string): string {
  const wall = wallOf(text, zone)
  if (format === 'GGGG-[W]WW') return weekOf(wall)
  if (format === 'E') return String(((wall.getUTCDay() + 6) % 7) + 1)
  if (format === 'YYYY-[Q]Q') return `${wall.getUTCFullYear()}-Q${Math.floor(wall.getUTCMonth() / 3) + 1}`
  const [day = '', clock = ''] = wall.toISOString().slice(0, 19).split('T')
  const [year = '', month = '', date = ''] = day.split('-')
  const [hour = '', minute = '', second = ''] = clock.split(':')
  const parts: Record<string, string> = { YYYY: year, MM: month, DD: date, HH: hour, mm: minute, ss: second }
  return format.replace(/YYYY|MM|DD|HH|mm|ss/g, (name) => parts[name] ?? '')
}

function dimensionOf(row: Row, { field, format }: Dimension, zone: string): Scalar {
  const value = row[field] ?? null
  if (value === null || format === undefined) return value
  return formatted(String(value), format, zone)
}

/** Decimals are compared by what they are worth. */
const worth = (field: string, value: Scalar): Scalar =>
  value !== null && numbers.includes(field) ? Number(value) : value

function measured(group: readonly Row[], { field, aggregation, distinct }: Measure): Scalar {
  if (field === undefined) return group.length
  const known = group.map((row) => worth(field, row[field] ?? null)).filter((value) => value !== null)
  const values = distinct ? [...new Set(known)] : known
  if (aggregation === 'count') return values.length
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  if (aggregation === 'min') return sorted[0] ?? null
  if (aggregation === 'max') return sorted.at(-1) ?? null
  // Two digits behind the point are whole numbers of hundredths.
  const sum = values.reduce((total: number, value) => total + Math.round(Number(value) * 100), 0) / 100
  return aggregation === 'sum' ? sum : sum / values.length
}

function grouped(list: readonly Row[], keyOf: (row: Row) => string): Row[][] {
  const groups = new Map<string, Row[]>()
  for (const row of list) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row])
  return [...groups.values()]
}

/** What is exact comes as a text: it is compared by what it is worth, too. */
const isWritten = (value: Scalar): boolean => typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value)
const rounded = (value: Scalar): Scalar =>
  typeof value === 'number' || isWritten(value) ? Number(Number(value).toPrecision(12)) : value
const comparable = (groups: readonly (readonly Scalar[])[]): string[] =>
  groups.map((group) => JSON.stringify(group.map(rounded))).sort()

it(
  `works out of groups what plain TypeScript does (QUERY_SEED=${seed})`,
  async () => {
    const dimensions = fc.array(dimension, { maxLength: 3 })
    const measures = fc.array(measure, { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(dimensions, measures, fc.constantFrom(...zones), fc.boolean(), async (by, of, zone, isDone) => {
        const body = {
          dimensions: by.map((entry, index) => ({ ...entry, alias: `d${index}` })),
          measures: of.map((entry, index) => ({ ...entry, alias: `m${index}` })),
          ...(isDone ? { filter: { done: true } } : {}),
        }
        const answer = await app.request('POST', '/api/samples:query', { token, body, headers: { 'X-Timezone': zone } })
        const meant = isDone ? rows.filter(({ done }) => done === true) : rows
        const keyOf = (row: Row): string => JSON.stringify(by.map((entry) => dimensionOf(row, entry, zone)))
        const groups = by.length === 0 ? [meant] : grouped(meant, keyOf)
        const expected = groups.map((group) => [
          ...by.map((entry) => (group[0] ? dimensionOf(group[0], entry, zone) : null)),
          ...of.map((entry) => measured(group, entry)),
        ])
        expect(comparable(answer.body.data.map((row: Row) => Object.values(row)))).toEqual(comparable(expected))
      }),
      { seed, numRuns: Math.ceil(propertyRequests() * 0.7) },
    )
  },
  patience,
)

it(
  `keeps the groups that having means, in the order asked for (QUERY_SEED=${seed})`,
  async () => {
    const least = fc.integer({ min: 0, max: 6 })
    await fc.assert(
      fc.asyncProperty(
        dimension,
        measure,
        least,
        fc.boolean(),
        fc.boolean(),
        async (by, of, most, isDescending, isFirst) => {
          const query = {
            dimensions: [{ ...by, alias: 'd' }],
            measures: [
              { ...of, alias: 'm' },
              { aggregation: 'count', alias: 'n' },
            ],
          }
          const ask = async (more: object): Promise<Row[]> =>
            app.as('root').call('samples', 'query', { ...query, ...more })
          const all = await ask({})
          const orders = [
            { alias: 'n', order: isDescending ? 'desc' : 'asc' },
            { alias: 'd', nulls: isFirst ? 'first' : 'last' },
          ]
          const some = await ask({ orders, having: { n: { $gte: most } } })
          expect(comparable(some.map((row) => Object.values(row)))).toEqual(
            comparable(all.filter(({ n }) => Number(n) >= most).map((row) => Object.values(row))),
          )
          const counts = some.map(({ n }) => Number(n))
          expect(counts).toEqual(counts.toSorted((a, b) => (isDescending ? b - a : a - b)))
          const nulls = some.filter(({ n }) => n === some[0]?.['n']).map(({ d }) => d === null)
          expect(nulls.indexOf(true)).toBe(nulls.includes(true) ? (isFirst ? 0 : nulls.length - 1) : -1)
          expect(await ask({ orders, having: { n: { $gte: most } }, limit: 3, offset: 1 })).toEqual(some.slice(1, 4))
        },
      ),
      { seed, numRuns: Math.ceil(propertyRequests() * 0.3) },
    )
  },
  patience,
)
