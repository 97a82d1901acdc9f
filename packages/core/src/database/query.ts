import type { CompiledCollection } from './collection.js'
import { compileFilter } from './filter/compile-filter.js'
import { isAlways, type Condition } from './filter/condition.js'
import {
  leadsIndex,
  orderText,
  segmentsAfter,
  segmentsFromStart,
  type Position,
  type Segment,
  type SortKey,
} from './keyset.js'
import { encode } from './model.js'
import { sortedTable } from './sort-column.js'
import { withinPart } from './partition.js'
import { nothing, settingOf } from './sight.js'
import { Parameters, quote, type Numbered, type Statement } from './sql.js'

export interface Selection {
  readonly fields: readonly string[]
  readonly condition: Condition
  readonly sort?: readonly SortKey[]
  readonly limit?: number
  readonly offset?: number
  /** Only what comes behind this row in the order. */
  readonly after?: Position | undefined
  /** The caller chose the fields: there are more such choices than statements can be kept prepared. */
  readonly varied?: boolean
  /** The rows stay as they are until the transaction ends. */
  readonly locked?: boolean
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

const orderBy = (collection: CompiledCollection, sort: readonly SortKey[]): string =>
  sort.length === 0 ? '' : ` ORDER BY ${orderText(collection, sort)}`

/** Rows that may be read on a shared connection. */
const fewRows = 1001

/** Can the statement be answered through an index from few rows, whatever the table's size? */
const isQuick = (
  collection: CompiledCollection,
  condition: Condition,
  { sort = [], limit = Infinity, offset = 0 }: Selection,
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
  const { condition, sort = [], limit, offset = 0 } = selection
  const parameters = new Parameters()
  let text = rowsInOrder(collection, selection, parameters)
  if (limit !== undefined) text += ` LIMIT ${parameters.add(limit)}`
  if (offset > 0) text += ` OFFSET ${parameters.add(offset)}`
  if (selection.locked === true) text += ' FOR NO KEY UPDATE'
  const telling = withinPart(collection.partition, condition)
  const quick = selection.locked !== true && isQuick(collection, telling, selection)
  const isOwn = sort.every(({ through }) => through === undefined)
  const prepared = isOwn && selection.varied !== true && (quick || (isAlways(telling) && sort.length <= 2))
  return { text, values: parameters.values, quick, prepared }
}

function rowsInOrder(collection: CompiledCollection, selection: Selection, parameters: Parameters): string {
  const { fields, condition, sort = [], limit, offset = 0, after } = selection
  const table = sortedTable(collection.name, sort, parameters)
  const narrowed = where(collection, condition, parameters)
  const rows = (names: readonly string[], { range, orderBy: order }: Segment): string =>
    `SELECT ${columns(names)} FROM ${table}${narrowed === '' ? ' WHERE ' : `${narrowed} AND `}${range} ORDER BY ${order}`
  // Without an index to follow, each segment would cost as much as all of them at once.
  const isByIndex = limit !== undefined && leadsIndex(collection, sort[0]?.field)
  const segments = segmentsOf(collection, sort, after, isByIndex, parameters)
  const [first] = segments
  if (!first) return `SELECT ${columns(fields)} FROM ${table}${narrowed}${orderBy(collection, sort)}`
  if (segments.length === 1) return rows(fields, first)
  if (!isByIndex) {
    const range = `(${segments.map((segment) => segment.range).join(' OR ')})`
    return rows(fields, { range, orderBy: orderText(collection, sort) })
  }
  const most = parameters.add(limit + offset)
  const keyed = [...new Set([...fields, ...sort.map(({ field }) => field)])]
  const parts = segments.map((segment) => `(${rows(keyed, segment)} LIMIT ${most})`)
  return `SELECT ${columns(fields)} FROM (${parts.join(' UNION ALL ')}) AS ${quote(collection.name)}${orderBy(collection, sort)}`
}

/** The ranges that the rows are in; none when there is nothing to say. */
function segmentsOf(
  collection: CompiledCollection,
  sort: readonly SortKey[],
  after: Position | undefined,
  isByIndex: boolean,
  parameters: Parameters,
): Segment[] {
  if (after) return segmentsAfter(collection, sort, after, parameters)
  return isByIndex ? segmentsFromStart(collection, sort) : []
}

export function countStatement(collection: CompiledCollection, condition: Condition): Statement {
  const parameters = new Parameters()
  const text = `SELECT count(*) AS "count" FROM ${quote(collection.name)}${where(collection, condition, parameters)}`
  return { text, values: parameters.values, prepared: isAlways(withinPart(collection.partition, condition)) }
}

const numbers = new WeakMap<CompiledCollection, Numbered>()

function numberedOf(collection: CompiledCollection): Numbered {
  let numbered = numbers.get(collection)
  if (!numbered) {
    const by = collection.options.partition?.by
    numbered = { table: collection.name, sight: by === undefined ? nothing : [settingOf(by, 'every')] }
    numbers.set(collection, numbered)
  }
  return numbered
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
  return { text, values: parameters.values, prepared: records.length === 1, numbered: numberedOf(collection) }
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
    prepared: withinPart(collection.partition, condition).type === 'test' && assignments.length <= fewAssignments,
  }
}

export function deleteStatement(
  collection: CompiledCollection,
  condition: Condition,
  returning: readonly string[],
): Statement {
  const parameters = new Parameters()
  const text = `DELETE FROM ${quote(collection.name)}${where(collection, condition, parameters)} RETURNING ${columns(returning)}`
  const prepared = withinPart(collection.partition, condition).type === 'test'
  return { text, values: parameters.values, prepared }
}
