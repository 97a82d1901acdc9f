import type { CompiledCollection } from './collection.js'
import { compileFilter } from './filter/compile-filter.js'
import { isAlways, type Condition } from './filter/condition.js'
import { encode } from './model.js'
import { Parameters, quote, type Statement } from './sql.js'

export interface SortKey {
  readonly field: string
  readonly descending: boolean
}

export interface Selection {
  readonly fields: readonly string[]
  readonly condition: Condition
  readonly sort?: readonly SortKey[]
  readonly limit?: number
  readonly offset?: number
  /** The caller chose the fields: there are more such choices than statements can be kept prepared. */
  readonly varied?: boolean
}

const columnLists = new WeakMap<readonly string[], string>()

/** The quoted names; lists of fields are shared between requests, so their text is made once. */
function columns(fields: readonly string[]): string {
  let text = columnLists.get(fields)
  if (text === undefined) columnLists.set(fields, (text = fields.map(quote).join(', ')))
  return text
}

const where = ({ name }: CompiledCollection, condition: Condition, parameters: Parameters): string =>
  isAlways(condition) ? '' : ` WHERE ${compileFilter(condition, parameters, name)}`

/** Nulls last in both directions. For columns that cannot be null nothing is said, so that their index serves. */
function orderBy(collection: CompiledCollection, sort: readonly SortKey[]): string {
  if (sort.length === 0) return ''
  const keys = sort.map(({ field, descending }) => {
    const required = field === 'id' || collection.fields.get(field)?.options.required === true
    const direction = descending ? ' DESC' : ''
    return `${quote(field)}${direction}${required || !descending ? '' : ' NULLS LAST'}`
  })
  return ` ORDER BY ${keys.join(', ')}`
}

/** Rows that may be read on a shared connection. */
const fewRows = 1001

/** Can the statement be answered through an index from few rows, whatever the table's size? */
const isQuick = (
  collection: CompiledCollection,
  { condition, sort = [], limit = Infinity, offset = 0 }: Selection,
): boolean => {
  if (condition.type === 'test') {
    const { field, operator } = condition
    const isKey = field.name === 'id' || field.options.unique === true
    return operator.name === '$eq' && isKey && condition.operand !== null
  }
  const isByKey = sort.length === 1 && sort[0]?.field === collection.targetKey.name
  return isAlways(condition) && limit <= fewRows && offset < fewRows && isByKey
}

export function selectStatement(collection: CompiledCollection, selection: Selection): Statement {
  const { fields, condition, sort = [], limit, offset = 0 } = selection
  const parameters = new Parameters()
  let text = `SELECT ${columns(fields)} FROM ${quote(collection.name)}${where(collection, condition, parameters)}`
  text += orderBy(collection, sort)
  if (limit !== undefined) text += ` LIMIT ${parameters.add(limit)}`
  if (offset > 0) text += ` OFFSET ${parameters.add(offset)}`
  const quick = isQuick(collection, selection)
  const prepared = selection.varied !== true && (quick || (isAlways(condition) && sort.length <= 2))
  return { text, values: parameters.values, quick, prepared }
}

export function countStatement(collection: CompiledCollection, condition: Condition): Statement {
  const parameters = new Parameters()
  const text = `SELECT count(*) AS "count" FROM ${quote(collection.name)}${where(collection, condition, parameters)}`
  return { text, values: parameters.values, prepared: isAlways(condition) }
}

/** Every column is written, so that the text is the same whichever members a caller sends. */
export function insertStatement(
  collection: CompiledCollection,
  records: readonly Readonly<Record<string, unknown>>[],
  returning: readonly string[],
): Statement {
  const parameters = new Parameters()
  const written = [...collection.fields.values()].filter(({ name }) => name !== 'id')
  const rows = records.map(
    (record) => `(${written.map((field) => parameters.add(encode(field, record[field.name] ?? null))).join(', ')})`,
  )
  const names = written.map(({ name }) => quote(name)).join(', ')
  const text =
    written.length === 0
      ? `INSERT INTO ${quote(collection.name)} ("id") VALUES ${records.map(() => '(DEFAULT)').join(', ')} RETURNING ${columns(returning)}`
      : `INSERT INTO ${quote(collection.name)} (${names}) VALUES ${rows.join(', ')} RETURNING ${columns(returning)}`
  return { text, values: parameters.values, prepared: records.length === 1 }
}

/** How many records one INSERT can carry: PostgreSQL counts parameters with 16 bits. */
export const recordsPerInsert = (collection: CompiledCollection): number =>
  Math.max(1, Math.floor(60_000 / collection.fields.size))

/** One member and the two that are stamped: with more there are too many combinations to keep them prepared. */
const fewAssignments = 3

export function updateStatement(
  collection: CompiledCollection,
  condition: Condition,
  values: Readonly<Record<string, unknown>>,
  returning: readonly string[],
): Statement {
  const parameters = new Parameters()
  const assignments = Object.keys(values).flatMap((name) => {
    const field = collection.fields.get(name)
    return field ? [`${quote(name)} = ${parameters.add(encode(field, values[name]))}`] : []
  })
  const text = `UPDATE ${quote(collection.name)} SET ${assignments.join(', ')}${where(collection, condition, parameters)} RETURNING ${columns(returning)}`
  return {
    text,
    values: parameters.values,
    prepared: condition.type === 'test' && assignments.length <= fewAssignments,
  }
}

export function deleteStatement(
  collection: CompiledCollection,
  condition: Condition,
  returning: readonly string[],
): Statement {
  const parameters = new Parameters()
  const text = `DELETE FROM ${quote(collection.name)}${where(collection, condition, parameters)} RETURNING ${columns(returning)}`
  return { text, values: parameters.values, prepared: condition.type === 'test' }
}
