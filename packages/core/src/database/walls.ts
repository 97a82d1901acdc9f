import type { CompiledField } from '../schema/shape.js'
import type { CompiledCollection } from './collection.js'
import type { Transaction } from './executor.js'
import { indexName } from './indexes.js'
import type { Partition } from './partition.js'
import type { ResolvedRelation } from './resolve-relation.js'
import { requireConfined } from './session-role.js'
import { every, settingName } from './sight.js'
import { quote } from './sql.js'
import { orRefuse } from './wall-function.js'

/** Lets every row through; the others, which are restrictive, must do so as well. */
const open = 'postern_open'
const ownPart = 'postern_part'

/** What a statement sees of an option: null is nothing. Asked once for each statement, not for each row. */
const setting = (option: string): string => `nullif(current_setting('${settingName(option)}', true), '')`

/**
 * A row is seen, and may be written, where its part is the one that was set, or all of them were. Said with NULL, because
 * of that PostgreSQL expects to be true what it cannot know: it plans as if the rule were not there, and a page of a small
 * part is read in the order of the index.
 */
function ruleOf({ by, field }: Partition): string {
  const part = setting(by)
  return `${quote(field)} = (SELECT nullif(${part}, '${every}')::bigint) OR (SELECT CASE WHEN ${part} = '${every}' THEN true END) IS NOT NULL`
}

async function close({ run }: Transaction, table: string): Promise<void> {
  await run({ text: `ALTER TABLE ${quote(table)} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`, values: [] })
  await run({ text: `CREATE POLICY ${open} ON ${quote(table)} USING (true) WITH CHECK (true)`, values: [] })
}

interface Wall {
  readonly table: string
  readonly name: string
  /** Of rows that are read or changed. */
  readonly using: string
  /** Of rows as they are written. */
  readonly check: string
}

/** Row-level security under a table: what a rule does not let through is not there, whoever owns the table. */
async function ensureWall(transaction: Transaction, { table, name, using, check }: Wall): Promise<void> {
  const { rows } = await transaction.run({
    text: `SELECT relforcerowsecurity AS "closed",
             EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = $2::text) AS "ruled"
           FROM pg_class WHERE oid = to_regclass('public.' || quote_ident($1))`,
    values: [table, name],
  })
  if (rows[0]?.['ruled'] === true) return
  await requireConfined(transaction)
  if (rows[0]?.['closed'] !== true) await close(transaction, table)
  await transaction.run({
    text: `CREATE POLICY ${quote(name)} ON ${quote(table)} AS RESTRICTIVE USING (${using}) WITH CHECK (${check})`,
    values: [],
  })
}

/** The second wall of a divided collection, under the rights of its callers. */
export async function ensurePartWall(
  transaction: Transaction,
  { name, partition, options }: CompiledCollection,
): Promise<void> {
  if (!partition || !options.partition) return
  const rule = ruleOf(options.partition)
  await ensureWall(transaction, { table: name, name: ownPart, using: rule, check: rule })
}

/** The name of what a column of keys has to lead to. */
export const keyWall = (table: string, column: string): string => indexName(table, [column], 'wall')

/** A key of a record in a divided collection: what it leads to, and how that is divided. */
export interface DividedKey {
  readonly table: string
  readonly column: CompiledField
  readonly target: string
  readonly targetColumn: CompiledField
  readonly partition: CompiledField
}

/**
 * Keys between divided records stay within a part. PostgreSQL looks up keys past all policies, so a foreign key alone would
 * lead into other parts, and tell what is there.
 */
export function ensureKeyWall(transaction: Transaction, key: DividedKey): Promise<void> {
  const { table, column, target, targetColumn, partition } = key
  const [here, part] = [`${quote(table)}.${quote(column.name)}`, quote(partition.name)]
  const check = `${here} IS NULL OR EXISTS (SELECT FROM ${quote(target)} AS "end" WHERE "end".${quote(targetColumn.name)} = ${here} AND "end".${part} = ${quote(table)}.${part})`
  const name = keyWall(table, column.name)
  return ensureWall(transaction, { table, name, using: 'true', check: `${check} ${orRefuse(name)}` })
}

export async function dropKeyWall({ run }: Transaction, table: string, column: string): Promise<void> {
  await run({ text: `DROP POLICY IF EXISTS ${quote(keyWall(table, column))} ON ${quote(table)}`, values: [] })
}

/** Links are there where the records are that they link. */
export async function ensureLinkWalls(
  transaction: Transaction,
  { link, source, target, here, there }: ResolvedRelation,
): Promise<void> {
  if (!link) return
  const { name: table } = link.collection
  const ends = [
    { column: link.here.name, collection: source, key: here },
    { column: link.there.name, collection: target, key: there },
  ]
  for (const { column, collection, key } of ends) {
    if (!collection.partition) continue
    const linked = `${quote(table)}.${quote(column)}`
    const rule = `${linked} IS NULL OR EXISTS (SELECT FROM ${quote(collection.name)} AS "end" WHERE "end".${quote(key.name)} = ${linked})`
    const name = keyWall(table, column)
    await ensureWall(transaction, { table, name, using: rule, check: `${rule} ${orRefuse(name)}` })
  }
}
