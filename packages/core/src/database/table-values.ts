import { wire } from '../kernel/wire-errors.js'
import type { CompiledField } from '../schema/shape.js'
import { lockName } from './advisory-lock.js'
import type { AnyRow, CompiledCollection } from './collection.js'
import type { Transaction } from './executor.js'
import { quote } from './sql.js'

type Values = Readonly<Record<string, unknown>>

/** One at a time gives out numbers, or takes what only one record may have. */
export const lockField = (transaction: Transaction, collection: CompiledCollection, field: string): Promise<void> =>
  lockName(transaction, 'values', `${collection.name}.${field}`)

const countingFields = ({ fields }: CompiledCollection): CompiledField[] =>
  [...fields.values()].filter(({ kind }) => kind.counts === true)

/** The fields that at most one record may hold, of those that are being set. */
export const takenFields = ({ fields }: CompiledCollection, values: Values): string[] =>
  [...fields.values()]
    .filter(({ kind, name }) => kind.exclusive === true && values[name] === true)
    .map(({ name }) => name)

/** Does writing these records depend on what the table holds? */
export const dependOnTable = (collection: CompiledCollection, records: readonly Values[]): boolean => {
  const counting = countingFields(collection)
  return records.some(
    (record) => counting.some(({ name }) => record[name] === undefined) || takenFields(collection, record).length > 0,
  )
}

/** Gives every record that lacks a number the next one. */
async function giveNumbers(
  transaction: Transaction,
  collection: CompiledCollection,
  records: readonly Record<string, unknown>[],
): Promise<void> {
  for (const { name } of countingFields(collection)) {
    const lacking = records.filter((record) => record[name] === undefined)
    if (lacking.length === 0) continue
    await lockField(transaction, collection, name)
    const { partition } = collection
    const { rows } = await transaction.run({
      text: `SELECT coalesce(max(${quote(name)}), 0) AS "last" FROM ${quote(collection.name)}${partition ? ` WHERE ${quote(partition.name)} = $1` : ''}`,
      // The records of one call are in one part.
      values: partition ? [records[0]?.[partition.name]] : [],
    })
    const given = records.map((record) => Number(record[name] ?? 0))
    const last = Math.max(Number(rows[0]?.['last']), 0, ...given)
    for (const [index, record] of lacking.entries()) record[name] = last + index + 1
  }
}

/** Of several records that take the same thing the last one has it, as if they had been written one by one. */
function leaveToLast(collection: CompiledCollection, records: readonly Record<string, unknown>[]): Map<string, number> {
  const holders = new Map<string, number>()
  for (const [index, record] of records.entries()) {
    for (const name of takenFields(collection, record)) {
      const before = records[holders.get(name) ?? -1]
      if (before) before[name] = false
      holders.set(name, index)
    }
  }
  return holders
}

/** Takes from all other records what one has taken. */
async function takeFromOthers(
  { run }: Transaction,
  { name: collection, partition }: CompiledCollection,
  name: string,
  holder: AnyRow | undefined,
): Promise<void> {
  const [table, column] = [quote(collection), quote(name)]
  const part = partition && quote(partition.name)
  const inPart = part === undefined ? '' : ` AND ${part} = (SELECT ${part} FROM ${table} WHERE id = $1)`
  await run({
    text: `UPDATE ${table} SET ${column} = false WHERE ${column} AND id <> $1${inPart}`,
    values: [holder?.['id']],
  })
}

/** Inserts records together with what the table gives them. @param write gives the rows with their ids, in order */
export async function insertWithTable(
  transaction: Transaction,
  collection: CompiledCollection,
  records: readonly Record<string, unknown>[],
  write: () => Promise<AnyRow[]>,
): Promise<AnyRow[]> {
  await giveNumbers(transaction, collection, records)
  const holders = leaveToLast(collection, records)
  for (const name of holders.keys()) await lockField(transaction, collection, name)
  const rows = await write()
  for (const [name, index] of holders) await takeFromOthers(transaction, collection, name, rows[index])
  return rows
}

/** Changes records, one of which takes what another one may have. @param write gives the rows with their ids */
export async function updateWithTable(
  transaction: Transaction,
  collection: CompiledCollection,
  names: readonly string[],
  write: () => Promise<AnyRow[]>,
): Promise<AnyRow[]> {
  for (const name of names) await lockField(transaction, collection, name)
  const rows = await write()
  for (const name of rows.length > 0 ? names : []) {
    if (rows.length > 1) {
      throw wire
        .INVALID_VALUE({ problem: `${name} can be true in one record only; this would set it in ${rows.length}` })
        .at(name)
    }
    await takeFromOthers(transaction, collection, name, rows[0])
  }
  return rows
}
