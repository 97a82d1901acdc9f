import type { ModelAttributeColumnOptions } from 'sequelize'
import { wire } from '../kernel/wire-errors.js'
import type { CompiledField } from '../schema/shape.js'
import type { CompiledCollection } from './collection.js'
import { dependentsOf, refuseDependents, type Dependent } from './dependents.js'
import type { Transaction } from './executor.js'
import { ensureIndexes } from './indexes.js'
import { columnType, encode } from './model.js'
import { quote } from './sql.js'
import { dropKeyWall, ensurePartWall } from './walls.js'

function column(field: CompiledField): ModelAttributeColumnOptions {
  if (field.name === 'id') return { type: 'BIGSERIAL', primaryKey: true, allowNull: false }
  return { type: columnType(field), allowNull: field.options.required !== true }
}

/** The columns of a table; none when it is not there. */
export async function columnsThere({ run }: Transaction, table: string): Promise<Set<string>> {
  const { rows } = await run({
    text: `SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('public.' || quote_ident($1)) AND attnum > 0 AND NOT attisdropped`,
    values: [table],
  })
  return new Set(rows.map((row) => String(row['attname'])))
}

export const tableExists = async (transaction: Transaction, table: string): Promise<boolean> =>
  (await columnsThere(transaction, table)).size > 0

async function addColumn(transaction: Transaction, table: string, field: CompiledField): Promise<void> {
  const { editor, options } = transaction.schema
  const { default: fallback, required } = field.options
  if (field.kind.counts === true) {
    await editor.addColumn(table, field.name, { ...column(field), allowNull: true }, options)
    await numberRows(transaction, table, field.name)
    if (required === true) await setNotNull(transaction, table, field.name)
    return
  }
  // Rows that are there already take the default; a required field without one cannot be added to them.
  if (fallback !== undefined) {
    await editor.addColumn(table, field.name, { ...column(field), allowNull: true }, options)
    await transaction.run({ text: `UPDATE "${table}" SET "${field.name}" = $1`, values: [encode(field, fallback)] })
    if (required === true) await setNotNull(transaction, table, field.name)
    return
  }
  const { rows } = await transaction.run({ text: `SELECT EXISTS (SELECT FROM "${table}") AS "filled"`, values: [] })
  if (required === true && rows[0]?.['filled'] === true) {
    throw wire
      .CONFLICT({ problem: `"${table}" has records already; a required field needs a default for them` })
      .at(field.name)
  }
  await editor.addColumn(table, field.name, column(field), options)
}

/** Rows that are there already are in the order in which they were made. */
async function numberRows(transaction: Transaction, table: string, name: string): Promise<void> {
  const text = `UPDATE ${quote(table)} SET ${quote(name)} = numbered.place
    FROM (SELECT id AS row, row_number() OVER (ORDER BY id) AS place FROM ${quote(table)}) AS numbered
    WHERE id = numbered.row`
  await transaction.run({ text, values: [] })
}

async function setNotNull(transaction: Transaction, table: string, name: string): Promise<void> {
  await transaction.run({ text: `ALTER TABLE "${table}" ALTER COLUMN "${name}" SET NOT NULL`, values: [] })
}

/** Makes the table of a collection, or adds to it what is missing. Never takes anything away. */
export async function ensureTable(transaction: Transaction, collection: CompiledCollection): Promise<void> {
  const { editor, options } = transaction.schema
  const { name: table, fields } = collection
  const there = await columnsThere(transaction, table)
  if (there.size === 0) {
    const attributes = Object.fromEntries([...fields.values()].map((field) => [field.name, column(field)]))
    await editor.createTable(table, attributes, options)
  } else {
    for (const field of fields.values()) if (!there.has(field.name)) await addColumn(transaction, table, field)
  }
  await ensureIndexes(transaction, collection)
  await ensurePartWall(transaction, collection)
}

/** Which of the rules in the database that are named after a column are ours. */
export type IsOurs = (table: string, rule: string) => boolean

/**
 * Drops a table with the foreign keys of our own that lead to it.
 *
 * @throws 409 that names what others have built on it
 */
export async function dropTable(transaction: Transaction, table: string, isOurs: IsOurs): Promise<void> {
  const foreign: Dependent[] = []
  for (const dependent of await dependentsOf(transaction, { table })) {
    const { table: holder, rule, kind } = dependent
    if (holder === null || rule === null || !isOurs(holder, rule)) foreign.push(dependent)
    else if (kind === 'key') await dropConstraint(transaction, holder, rule)
    else await transaction.run({ text: `DROP POLICY ${quote(rule)} ON ${quote(holder)}`, values: [] })
  }
  refuseDependents(`"${table}" cannot be dropped`, foreign)
  await transaction.run({ text: `DROP TABLE IF EXISTS ${quote(table)} RESTRICT`, values: [] })
}

const dropConstraint = ({ run }: Transaction, table: string, name: string) =>
  run({ text: `ALTER TABLE ${quote(table)} DROP CONSTRAINT ${quote(name)}`, values: [] })

/** @throws 409 that names what others have built on it */
export async function dropColumn(transaction: Transaction, table: string, name: string): Promise<void> {
  await dropKeyWall(transaction, table, name)
  const isOwn = ({ table: holder }: Dependent): boolean => holder === table
  const found = await dependentsOf(transaction, { table, column: name })
  refuseDependents(
    `"${name}" cannot be dropped`,
    found.filter((dependent) => !isOwn(dependent)),
  )
  await transaction.schema.editor.removeColumn(table, name, transaction.schema.options)
}
