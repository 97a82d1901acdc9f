import type { TimeZone } from '../kernel/time-zone.js'
import type { OperatorGroup } from '../schema/field.js'
import { compileField, type CompiledField } from '../schema/shape.js'
import type { AnyRow, CompiledCollection } from './collection.js'
import { bigIntFromText } from './column-values.js'
import { compileFilter } from './filter/compile-filter.js'
import { isAlways, type Condition } from './filter/condition.js'
import type { SortKey } from './keyset.js'
import { sortedTable } from './sort-column.js'
import { Parameters, quote, type Statement } from './sql.js'

/** What can be worked out of many values, and of which: of any where no groups are said. */
export const aggregations: ReadonlyMap<string, readonly OperatorGroup[] | undefined> = new Map([
  ['count', undefined],
  ['sum', ['number']],
  ['avg', ['number']],
  ['min', ['number', 'text', 'date', 'id']],
  ['max', ['number', 'text', 'date', 'id']],
])

/** A column of the answer. The alias is a name that may stand in SQL: it was checked. */
export interface Measure {
  readonly alias: string
  readonly aggregation: string
  /** Undefined: the rows themselves are counted. */
  readonly field: CompiledField | undefined
  /** How the field was named: with the relations that lead to it. */
  readonly path?: string
  readonly distinct: boolean
}

export interface Dimension {
  readonly alias: string
  readonly field: CompiledField
  /** How the field was named: with the relations that lead to it. */
  readonly path: string
  /** A pattern of `to_char`. */
  readonly format: string | undefined
}

export interface GroupOrder {
  readonly alias: string
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** What is to be worked out of the rows of a collection. */
export interface Aggregate {
  readonly measures: readonly Measure[]
  readonly dimensions: readonly Dimension[]
  /** The columns behind relations, which measures and dimensions name as their fields. */
  readonly through: readonly SortKey[]
  readonly condition: Condition
  /** On the columns of the answer. */
  readonly having: Condition
  readonly orders: readonly GroupOrder[]
  readonly limit: number
  readonly offset: number
  /** Asked only where an instant is given a format. */
  readonly zone: () => TimeZone
}

const isFloating = ({ kind }: CompiledField): boolean => kind.kind === 'float' || kind.kind === 'double'

/** A measure of numbers is a number; one of anything else is of its kind. */
export const isNumeric = ({ aggregation, field }: Measure): boolean =>
  aggregation === 'count' || field?.kind.operators === 'number'

/** The column of a measure as a field, to be compared with. */
export function measuredField(measure: Measure): CompiledField {
  const { alias, field, aggregation } = measure
  if (!field || (isNumeric(measure) && (aggregation === 'count' || !isFloating(field)))) {
    return compileField(alias, { kind: 'decimal', options: {} })
  }
  if (isFloating(field)) return compileField(alias, { kind: 'double', options: {} })
  return field.kind.operators === 'id'
    ? compileField(alias, { kind: 'string', options: {} })
    : { ...field, name: alias }
}

export const dimensionField = ({ alias, field, format }: Dimension): CompiledField =>
  format === undefined ? { ...field, name: alias } : compileField(alias, { kind: 'string', options: {} })

function measureText(measure: Measure): string {
  const { aggregation, field, distinct } = measure
  if (!field) return 'count(*)::numeric'
  const column = quote(field.name)
  const argument = field.kind.operators === 'id' && aggregation !== 'count' ? `${column}::text` : column
  const text = `${aggregation}(${distinct ? 'DISTINCT ' : ''}${argument})`
  // One type for all that is exact, so that it can be compared with any number.
  return measuredField(measure).kind.kind === 'decimal' ? `${text}::numeric` : text
}

/** `AT TIME ZONE '+05:30'` would mean west, as POSIX has it; an interval means what it says. */
function wallTime(column: string, zone: TimeZone, parameters: Parameters): string {
  const isOffset = /^[+-]/.test(zone.name)
  return `${column} AT TIME ZONE ${parameters.add(zone.name)}::${isOffset ? 'interval' : 'text'}`
}

function dimensionText({ field, format }: Dimension, { zone }: Aggregate, parameters: Parameters): string {
  const column = quote(field.name)
  if (format === undefined) return column
  const wall = field.kind.kind === 'datetime' ? wallTime(column, zone(), parameters) : `${column}::timestamp`
  return `to_char(${wall}, ${parameters.add(format)}::text)`
}

const where = (condition: Condition, parameters: Parameters, table: string): string =>
  isAlways(condition) ? '' : ` WHERE ${compileFilter(condition, parameters, table)}`

/** In the order asked for; then by what the groups are made of, so that it is the same each time. */
function orderBy({ orders, dimensions }: Aggregate): string {
  const asked = new Set(orders.map(({ alias }) => alias))
  const keys = orders.map(
    ({ alias, descending, nullsFirst }) =>
      `${quote(alias)}${descending ? ' DESC' : ''} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`,
  )
  keys.push(...dimensions.flatMap(({ alias }) => (asked.has(alias) ? [] : [quote(alias)])))
  return keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`
}

export function aggregateStatement(collection: CompiledCollection, aggregate: Aggregate): Statement {
  const { dimensions, measures, condition, having, limit, offset } = aggregate
  const parameters = new Parameters()
  const columns = [
    ...dimensions.map((dimension) => `${dimensionText(dimension, aggregate, parameters)} AS ${quote(dimension.alias)}`),
    ...measures.map((measure) => `${measureText(measure)} AS ${quote(measure.alias)}`),
  ]
  const table = sortedTable(collection.name, aggregate.through, parameters)
  const rows = `SELECT ${columns.join(', ')} FROM ${table}${where(condition, parameters, collection.name)}`
  const groups = dimensions.length === 0 ? '' : ` GROUP BY ${dimensions.map((_, index) => index + 1).join(', ')}`
  const text =
    `SELECT * FROM (${rows}${groups}) AS "groups"${where(having, parameters, 'groups')}${orderBy(aggregate)}` +
    ` LIMIT ${parameters.add(limit)} OFFSET ${parameters.add(offset)}`
  return { text, values: parameters.values }
}

/** An average is rounded anyway; what is exact is written as records write it. */
function shownMeasure({ aggregation, field }: Measure, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (aggregation !== 'count' && field?.kind.kind === 'decimal') return value
  if (aggregation === 'avg' || (field && aggregation !== 'count' && isFloating(field))) return numberOf(value)
  return bigIntFromText(value)
}

/** A number of JSON; one that JavaScript cannot hold at all stays a text. */
function numberOf(value: string): number | string {
  const number = Number(value)
  return Number.isFinite(number) ? number : value
}

/** The rows of the answer, with measures of numbers as records write those. */
export function groupsFrom(rows: readonly AnyRow[], measures: readonly Measure[]): AnyRow[] {
  const numeric = measures.filter(isNumeric)
  return rows.map((row) => ({
    ...row,
    ...Object.fromEntries(numeric.map((measure) => [measure.alias, shownMeasure(measure, row[measure.alias])])),
  }))
}
