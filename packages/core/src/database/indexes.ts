import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { CompiledField } from '../schema/shape.js'
import type { CompiledCollection } from './collection.js'
import type { Transaction } from './executor.js'
import { translateDatabaseError } from './postgres-errors.js'
import { quote } from './sql.js'

interface Index {
  readonly fields: readonly string[]
  readonly unique: boolean
}

const indexRow = z.object({ name: z.string(), fields: z.array(z.string()), unique: z.boolean() })

/** PostgreSQL cuts longer names silently. */
const longestName = 63
const hashLength = 10

const withHash = (name: string, hashed: string): string =>
  `${name.slice(0, longestName - hashLength - 1)}_${createHash('sha256').update(hashed).digest('hex').slice(0, hashLength)}`

export function indexName(collection: string, fields: readonly string[], suffix: string): string {
  const name = `${collection}_${fields.join('_')}_${suffix}`
  return name.length <= longestName ? name : withHash(name, name)
}

export const isIndexed = ({ kind, options: { unique, index } }: CompiledField): boolean =>
  unique === true || index === true || kind.indexed === true

/** The indexes that a collection asks for. */
function indexesOf({ fields, options, partition }: CompiledCollection): Index[] {
  const single = [...fields.values()].flatMap((field): Index[] =>
    isIndexed(field) ? [{ fields: [field.name], unique: field.options.unique === true }] : [],
  )
  const several = (options.index ?? []).map((names): Index => ({ fields: names, unique: false }))
  return [...new Map([...within(partition, [...single, ...several])].map((index) => [keyOf(index), index])).values()]
}

/** Where records are divided, an index serves one part: it begins with it, and unique is what is unique there. */
function within(partition: CompiledField | undefined, indexes: readonly Index[]): readonly Index[] {
  if (!partition) return indexes
  const inParts = [{ fields: ['id'], unique: false }, ...indexes].map(({ fields, unique }) => ({
    fields: [partition.name, ...fields.filter((name) => name !== partition.name)],
    unique,
  }))
  return inParts.filter(({ fields }) => fields.length > 1)
}

/**
 * With the primary key behind the fields, an index also gives rows in the order that lists have: the primary key is always
 * the last sort key. Without it, all rows with the same value would have to be sorted for each page.
 */
const columnsOf = ({ fields, unique }: Index): readonly string[] =>
  unique || fields.includes('id') ? fields : [...fields, 'id']

const keyOf = (index: Index): string => JSON.stringify([index.unique, ...columnsOf(index)])

/** Known by what they index: the names of two collections' indexes may have had to differ from what they would be. */
async function indexesThere({ run }: Transaction, table: string): Promise<Map<string, string>> {
  const { rows } = await run({
    text: `SELECT named.relname AS "name", indisunique AS "unique", ARRAY(
             SELECT attname::text FROM unnest(indkey::int2[]) WITH ORDINALITY AS part (number, place)
             JOIN pg_attribute ON attrelid = indrelid AND attnum = number ORDER BY place) AS "fields"
           FROM pg_index JOIN pg_class AS named ON named.oid = indexrelid
           WHERE indrelid = to_regclass('public.' || quote_ident($1)) AND NOT indisprimary AND indpred IS NULL`,
    values: [table],
  })
  return new Map(rows.map((row) => indexRow.parse(row)).map((index) => [keyOf(index), index.name]))
}

async function isTaken({ run }: Transaction, name: string): Promise<boolean> {
  const { rows } = await run({
    text: `SELECT to_regclass('public.' || quote_ident($1)) IS NOT NULL AS "taken"`,
    values: [name],
  })
  return rows[0]?.['taken'] === true
}

/** `a_b` of `c` and `b_c` of `a` would have indexes of the same name. */
async function freeName(transaction: Transaction, table: string, index: Index): Promise<string> {
  const name = indexName(table, index.fields, index.unique ? 'key' : 'idx')
  return (await isTaken(transaction, name)) ? withHash(name, JSON.stringify([table, keyOf(index)])) : name
}

/** The field of a collection that an index for unique values, a foreign key, or the wall of a key, is about. */
export function fieldOfConstraint(
  { name, fields, partition }: CompiledCollection,
  constraint: string,
): string | undefined {
  const isOf = (field: string): boolean =>
    constraint === indexName(name, [field], 'fkey') ||
    constraint === indexName(name, [field], 'wall') ||
    (partition !== undefined && constraint === indexName(name, [partition.name, field], 'key'))
  return [...fields.keys()].find(isOf)
}

/** Makes the indexes of a collection that are missing. */
export async function ensureIndexes(transaction: Transaction, collection: CompiledCollection): Promise<void> {
  const { editor, options } = transaction.schema
  const { name: table } = collection
  const there = await indexesThere(transaction, table)
  if (collection.partition) await dropUndivided(transaction, collection.partition, there)
  for (const index of indexesOf(collection)) {
    if (there.has(keyOf(index))) continue
    const name = await freeName(transaction, table, index)
    await editor
      .addIndex(table, [...columnsOf(index)], { name, unique: index.unique, ...options })
      .catch((error: unknown) => {
        // Nobody else can look up what this transaction was about to make.
        const columns = index.fields.filter((field) => field !== collection.partition?.name)
        throw translateDatabaseError(error, { columns, text: '' })
      })
  }
}

/** What was unique in the whole collection before it was divided is so in each part from now on. */
async function dropUndivided(
  { run }: Transaction,
  partition: CompiledField,
  there: Map<string, string>,
): Promise<void> {
  for (const [key, name] of there) {
    const [unique, first, ...more]: unknown[] = z.array(z.unknown()).parse(JSON.parse(key))
    if (unique !== true || first === partition.name || more.length > 0) continue
    await run({ text: `DROP INDEX ${quote(name)}`, values: [] })
    there.delete(key)
  }
}

/** @param partition of the collection: its indexes begin with it */
export async function dropIndex(
  transaction: Transaction,
  table: string,
  { fields, unique }: Index,
  partition?: CompiledField,
): Promise<void> {
  const index = { unique, fields: partition ? [partition.name, ...fields] : fields }
  const name = (await indexesThere(transaction, table)).get(keyOf(index))
  if (name !== undefined) await transaction.run({ text: `DROP INDEX ${quote(name)}`, values: [] })
}
