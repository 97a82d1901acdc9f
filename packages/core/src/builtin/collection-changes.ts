import { compileCollection, type CompiledCollection } from '../database/collection.js'
import type { Executor, Transaction } from '../database/executor.js'
import { columnType } from '../database/model.js'
import type { CollectionRecord, FieldRecord } from '../database/runtime-collections.js'
import { plainCollection } from '../database/runtime-collections.js'
import { quote } from '../database/sql.js'
import { dropIndex, isIndexed } from '../database/indexes.js'
import { dependentsOf, refuseDependents } from '../database/dependents.js'
import { columnsThere, dropColumn, ensureTable } from '../database/table.js'
import { wire } from '../kernel/wire-errors.js'
import type { CompiledField } from '../schema/shape.js'
import { defaultStringLength } from '../schema/fields/string.js'
import { indexesSchema } from './collection-definition.js'
import { ColumnConversion } from './column-conversion.js'

/** Rows of a table, or those where one column holds something. */
export async function rowCount(executor: Executor, table: string, column?: string): Promise<number> {
  const where = column === undefined ? '' : ` WHERE ${quote(column)} IS NOT NULL`
  const { rows } = await executor.run({ text: `SELECT count(*) AS "count" FROM ${quote(table)}${where}`, values: [] })
  return Number(rows[0]?.['count'])
}

/** Losing data needs `force`. @throws 409 with the number of rows */
export function refuseLoss(what: string, rows: number, force: boolean): void {
  if (rows === 0 || force) return
  throw wire.CONFLICT({
    problem: `${what} would lose the data of ${rows} record${rows === 1 ? '' : 's'}; repeat it with force=true to do it all the same`,
  })
}

export const compileRecord = (record: Pick<CollectionRecord, 'name' | 'definition'>): CompiledCollection =>
  compileCollection(plainCollection(record))

/** The fields that every record has. The sort field is not among them: a definition may name its own. */
export const serverFields = ({
  name,
  definition,
}: Pick<CollectionRecord, 'name' | 'definition'>): CompiledCollection['fields'] =>
  compileRecord({ name, definition: { ...definition, sortable: false, fields: [] } }).fields

/** Types that hold every value of another: changing to them loses nothing. */
const widenings: Readonly<Record<string, readonly string[]>> = {
  string: ['text'],
  enum: ['string', 'text'],
  nanoid: ['string', 'text'],
  uuid: ['string', 'text'],
  integer: ['bigInt', 'double', 'float', 'text', 'string'],
  bigInt: ['text', 'string'],
  float: ['double'],
  double: ['float'],
  array: ['json'],
  sort: ['bigInt', 'text', 'string'],
  boolean: ['radio'],
  radio: ['boolean'],
}

/** Does the new list of values lack one that could be there? */
const narrowsValues = (before: CompiledField, { options: { enum: values } }: CompiledField): boolean =>
  values !== undefined && before.options.enum?.every((value) => values.includes(value)) !== true

function isWidening(before: CompiledField, after: CompiledField): boolean {
  if (narrowsValues(before, after)) return false
  const { maxLength: most = defaultStringLength } = after.options
  if (before.kind.kind !== after.kind.kind) {
    const isLongEnough = after.kind.kind !== 'string' || most >= defaultStringLength
    return isLongEnough && widenings[before.kind.kind]?.includes(after.kind.kind) === true
  }
  if (columnType(before) === columnType(after)) return true
  return before.kind.kind === 'string' && most >= (before.options.maxLength ?? defaultStringLength)
}

/** Changes a column to what its field has become. */
export async function changeColumn(
  transaction: Transaction,
  table: string,
  before: CompiledField,
  after: CompiledField,
  force: boolean,
  partition?: CompiledField,
): Promise<void> {
  const column = quote(after.name)
  if (columnType(before) !== columnType(after)) await refuseBuiltOn(transaction, table, after.name)
  const alter = (change: string) =>
    transaction.run({ text: `ALTER TABLE ${quote(table)} ALTER COLUMN ${column} ${change}`, values: [] })
  const type = columnType(after)
  const [wasRequired, isRequired] = [before.options.required === true, after.options.required === true]
  if (wasRequired && !isRequired) await alter('DROP NOT NULL')
  if (!isWidening(before, after)) await convertColumn(transaction, table, before, after, force)
  else if (columnType(before) !== type) await alter(`TYPE ${type} USING ${column}::text::${type}`)
  if (after.kind.exclusive === true && before.kind.exclusive !== true)
    await leaveOne(transaction, table, after.name, force)
  if (isRequired && !wasRequired) {
    refuseGaps(after.name, await emptyRows(transaction, table, after.name))
    await alter('SET NOT NULL')
  }
  await dropStaleIndexes(transaction, table, before, after, partition)
}

/** @throws 409 that names what others have built on the column */
async function refuseBuiltOn(transaction: Transaction, table: string, name: string): Promise<void> {
  const found = await dependentsOf(transaction, { table, column: name, exceptKeys: true })
  refuseDependents(`The type of "${name}" cannot be changed`, found)
}

async function convertColumn(
  transaction: Transaction,
  table: string,
  before: CompiledField,
  after: CompiledField,
  force: boolean,
): Promise<void> {
  const conversion = new ColumnConversion(transaction, table, before, after)
  await conversion.prepare()
  refuseLoss(`Changing the type of "${after.name}"`, await conversion.lostRows(), force)
  if (after.options.required === true) refuseGaps(after.name, await conversion.emptiedRows())
  await conversion.run()
  await conversion.finish()
}

/** Of the records that hold `true` the first one keeps it. @throws 409 with the number of rows */
async function leaveOne(transaction: Transaction, table: string, name: string, force: boolean): Promise<void> {
  const holders = `FROM ${quote(table)} WHERE ${quote(name)}`
  const { rows } = await transaction.run({
    text: `SELECT count(*) AS "count", min(id) AS "first" ${holders}`,
    values: [],
  })
  refuseLoss(`Leaving "${name}" true in one record only`, Math.max(0, Number(rows[0]?.['count']) - 1), force)
  await transaction.run({
    text: `UPDATE ${quote(table)} SET ${quote(name)} = false WHERE ${quote(name)} AND id <> $1`,
    values: [rows[0]?.['first']],
  })
}

async function emptyRows(executor: Executor, table: string, column: string): Promise<number> {
  return (await rowCount(executor, table)) - (await rowCount(executor, table, column))
}

/** @throws 409 with the number of rows */
function refuseGaps(name: string, rows: number): void {
  if (rows === 0) return
  const records = `${rows} record${rows === 1 ? ' has' : 's have'}`
  throw wire.CONFLICT({ problem: `"${name}" cannot be required: ${records} no value for it` }).at('required')
}

/** Indexes that the field no longer asks for; new ones are made by `ensureTable`. */
async function dropStaleIndexes(
  transaction: Transaction,
  table: string,
  before: CompiledField,
  after: CompiledField,
  partition: CompiledField | undefined,
): Promise<void> {
  const { unique = false } = before.options
  const isKept = (after.options.unique === true) === unique
  const isStale = unique ? !isKept : isIndexed(before) && !isIndexed(after)
  if (isStale) await dropIndex(transaction, table, { fields: [after.name], unique }, partition)
}

/** Indexes over several fields that the collection no longer asks for. */
async function dropIndexesOf(transaction: Transaction, before: CompiledCollection, after: CompiledCollection) {
  const kept = new Set((after.options.index ?? []).map((names) => names.join()))
  for (const fields of before.options.index ?? []) {
    const [only] = fields.length === 1 ? fields.flatMap((name) => after.fields.get(name) ?? []) : []
    const isOfField = only !== undefined && isIndexed(only)
    if (!kept.has(fields.join()) && !isOfField) await dropIndex(transaction, before.name, { fields, unique: false })
  }
}

/** An index goes with any of its fields. */
function withoutStaleIndexes(definition: CollectionRecord['definition']): CollectionRecord['definition'] {
  const { index, ...rest } = definition
  const { fields } = compileRecord({ name: '', definition: rest })
  const kept = indexesSchema.parse(index ?? []).filter((names) => names.every((name) => fields.has(name)))
  return kept.length === 0 ? rest : { ...rest, index: kept }
}

export interface FieldChange {
  readonly record: Pick<CollectionRecord, 'name' | 'definition'>
  readonly fields: readonly FieldRecord[]
  readonly force: boolean
}

/** Makes the table what the changed list of fields asks for: columns added, changed, dropped. */
export const applyFields = (
  transaction: Transaction,
  { record, fields, force }: FieldChange,
): Promise<CollectionRecord['definition']> =>
  applyDefinition(transaction, { record, definition: { ...record.definition, fields: [...fields] }, force })

interface DefinitionChange {
  readonly record: Pick<CollectionRecord, 'name' | 'definition'>
  readonly definition: CollectionRecord['definition']
  readonly force: boolean
}

/** Makes the table what a changed definition asks for. @returns the definition as it is to be kept */
export async function applyDefinition(
  transaction: Transaction,
  { record, definition: wanted, force }: DefinitionChange,
): Promise<CollectionRecord['definition']> {
  const definition = withoutStaleIndexes(wanted)
  const [before, after] = [compileRecord(record), compileRecord({ name: record.name, definition })]
  const there = await columnsThere(transaction, record.name)
  for (const field of before.fields.values()) {
    // What somebody took away with SQL has nothing to lose; what is still wanted of it is made anew.
    if (!there.has(field.name)) continue
    const changed = after.fields.get(field.name)
    if (changed) await changeColumn(transaction, record.name, field, changed, force, after.partition)
    else {
      refuseLoss(`Dropping the field "${field.name}"`, await rowCount(transaction, record.name, field.name), force)
      await dropColumn(transaction, record.name, field.name)
    }
  }
  await dropIndexesOf(transaction, before, after)
  await ensureTable(transaction, after)
  return definition
}
