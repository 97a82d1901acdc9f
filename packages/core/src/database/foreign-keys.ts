import { z } from 'zod'
import { wire } from '../kernel/wire-errors.js'
import type { DeleteRule } from '../schema/relation.js'
import type { CompiledField } from '../schema/shape.js'
import type { CompiledCollection } from './collection.js'
import type { Executor, Transaction } from './executor.js'
import { indexName } from './indexes.js'
import { columnType } from './model.js'
import type { CompiledRelation } from './relation.js'
import { leadsNowhere, resolveRelation, type Collections, type ResolvedRelation } from './resolve-relation.js'
import { quote } from './sql.js'
import { dropKeyWall, ensureKeyWall, ensureLinkWalls } from './walls.js'

/** A column whose values are keys of rows in another table. */
export interface ForeignKey {
  readonly table: string
  readonly column: CompiledField
  readonly target: string
  readonly targetColumn: CompiledField
  /** Are the target's records divided? Then only their ids are unique. */
  readonly isDivided: boolean
  readonly rule: DeleteRule
  /** The field that divides both ends. */
  readonly within?: CompiledField
  /** The rule was asked for; otherwise one that is there already stays. */
  readonly isExplicit: boolean
}

const ruleFor = ({ options }: CompiledField): DeleteRule => (options.required === true ? 'RESTRICT' : 'SET NULL')

/** Does the other side say itself what becomes of its rows? */
function isSaidThere({ source, target, there }: ResolvedRelation): boolean {
  return [...target.relations.values()].some(
    (other) =>
      other.type === 'belongsTo' &&
      other.foreignKey === there.name &&
      other.target === source.name &&
      other.onDelete !== undefined,
  )
}

const end = (
  { name, partition, options }: CompiledCollection,
  targetColumn: CompiledField,
  from?: CompiledCollection,
) => ({
  target: name,
  targetColumn,
  isDivided: partition !== undefined,
  ...(partition && from?.options.partition?.by === options.partition?.by ? { within: partition } : {}),
})

/** The foreign keys that a relation asks for. */
export function foreignKeysOf(resolved: ResolvedRelation, { onDelete }: CompiledRelation): ForeignKey[] {
  const { type, source, target, here, there, link } = resolved
  const isExplicit = onDelete !== undefined
  if (link) {
    const { name: table } = link.collection
    const ends = { table, isExplicit: true }
    return [
      { ...ends, column: link.here, ...end(source, here), rule: 'CASCADE' },
      { ...ends, column: link.there, ...end(target, there), rule: onDelete ?? 'CASCADE' },
    ]
  }
  if (type === 'belongsTo') {
    const rule = onDelete ?? ruleFor(here)
    return [{ table: source.name, column: here, ...end(target, there, source), rule, isExplicit }]
  }
  const key = { table: target.name, column: there, ...end(source, here, target) }
  return [{ ...key, rule: onDelete ?? ruleFor(there), isExplicit: isExplicit && !isSaidThere(resolved) }]
}

/** As PostgreSQL writes them down (`pg_constraint.confdeltype`). */
const ruleCodes: Readonly<Record<DeleteRule, string>> = { CASCADE: 'c', 'SET NULL': 'n', RESTRICT: 'r' }

const constraintRow = z.object({ name: z.string(), target: z.string(), targetColumn: z.string(), rule: z.string() })
type Constraint = z.infer<typeof constraintRow>

async function constraintsOn({ run }: Executor, table: string, column: string): Promise<Constraint[]> {
  const { rows } = await run({
    text: `SELECT conname AS "name", other.relname AS "target", there.attname AS "targetColumn", confdeltype::text AS "rule"
           FROM pg_constraint
           JOIN pg_attribute AS here ON here.attrelid = conrelid AND conkey = ARRAY[here.attnum]
           JOIN pg_attribute AS there ON there.attrelid = confrelid AND confkey = ARRAY[there.attnum]
           JOIN pg_class AS other ON other.oid = confrelid
           WHERE contype = 'f' AND conrelid = to_regclass('public.' || quote_ident($1)) AND here.attname = $2`,
    values: [table, column],
  })
  return rows.map((row) => constraintRow.parse(row))
}

const dropConstraint = ({ run }: Executor, table: string, name: string) =>
  run({ text: `ALTER TABLE ${quote(table)} DROP CONSTRAINT ${quote(name)}`, values: [] })

/** What cannot be the two ends of a foreign key is no defect of ours: the definition is refused. */
export function checkEnds({ table, column, target, targetColumn, isDivided }: ForeignKey): void {
  if (isDivided && targetColumn.name !== 'id') {
    throw wire.INVALID_VALUE({
      problem: `"${target}.${targetColumn.name}" is unique in each part of "${target}" only; relations to it go by id`,
    })
  }
  const isUnique = targetColumn.name === 'id' || targetColumn.options.unique === true
  if (!isUnique) {
    throw wire.INVALID_VALUE({
      problem: `"${target}.${targetColumn.name}" must be unique, so that "${table}.${column.name}" can refer to it`,
    })
  }
  const [type, targetType] = [columnType(column), columnType(targetColumn)]
  if (type.replace(/\(.*/, '') === targetType.replace(/\(.*/, '')) return
  throw wire.INVALID_VALUE({
    problem: `"${table}.${column.name}" (${column.kind.kind}) and "${target}.${targetColumn.name}" (${targetColumn.kind.kind}) have different types`,
  })
}

async function refuseDangling({ run }: Executor, key: ForeignKey): Promise<void> {
  const [column, targetColumn] = [quote(key.column.name), quote(key.targetColumn.name)]
  const { rows } = await run({
    text: `SELECT count(*) AS "count" FROM ${quote(key.table)} AS "here" WHERE ${column} IS NOT NULL
           AND NOT EXISTS (SELECT FROM ${quote(key.target)} AS "there" WHERE "there".${targetColumn} = "here".${column})`,
    values: [],
  })
  const count = Number(rows[0]?.['count'])
  if (count === 0) return
  throw wire.CONFLICT({
    problem: `${count} record${count === 1 ? '' : 's'} of "${key.table}" hold${count === 1 ? 's' : ''} a "${key.column.name}" that "${key.target}" does not have`,
  })
}

/** A key is looked up from both sides: without an index every deletion of a target reads the whole table. */
async function ensureKeyIndex({ run }: Executor, { table, column }: ForeignKey): Promise<void> {
  const { rows } = await run({
    text: `SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
           WHERE indrelid = to_regclass('public.' || quote_ident($1)) AND attname = $2 AND indpred IS NULL LIMIT 1`,
    values: [table, column.name],
  })
  if (rows.length > 0) return
  const name = indexName(table, [column.name], 'idx')
  await run({ text: `CREATE INDEX ${quote(name)} ON ${quote(table)} (${quote(column.name)})`, values: [] })
}

async function ensureForeignKey(transaction: Transaction, key: ForeignKey): Promise<void> {
  checkEnds(key)
  await ensureConstraint(transaction, key)
  await ensureKeyIndex(transaction, key)
  if (key.within) await ensureKeyWall(transaction, { ...key, partition: key.within })
}

async function ensureConstraint(transaction: Transaction, key: ForeignKey): Promise<void> {
  const { table, column, target, targetColumn, rule, isExplicit } = key
  for (const there of await constraintsOn(transaction, table, column.name)) {
    const isSame = there.target === target && there.targetColumn === targetColumn.name
    if (isSame && (!isExplicit || there.rule === ruleCodes[rule])) return
    await dropConstraint(transaction, table, there.name)
    if (!isSame) await dropKeyWall(transaction, table, column.name)
  }
  await refuseDangling(transaction, key)
  const name = indexName(table, [column.name], 'fkey')
  await transaction.run({
    text: `ALTER TABLE ${quote(table)} ADD CONSTRAINT ${quote(name)} FOREIGN KEY (${quote(column.name)})
           REFERENCES ${quote(target)} (${quote(targetColumn.name)}) ON DELETE ${rule}`,
    values: [],
  })
}

/** Two records are linked once. */
async function ensureUniqueLinks({ run }: Executor, { link }: ResolvedRelation): Promise<void> {
  if (!link) return
  const { name: table } = link.collection
  const pair = [link.here.name, link.there.name].sort()
  const { rows } = await run({
    text: `SELECT FROM pg_index WHERE indrelid = to_regclass('public.' || quote_ident($1)) AND indisunique AND ARRAY(
             SELECT attname::text FROM unnest(indkey::int2[]) AS part (number)
             JOIN pg_attribute ON attrelid = indrelid AND attnum = number ORDER BY attname) = $2::text[] LIMIT 1`,
    values: [table, pair],
  })
  if (rows.length > 0) return
  const name = indexName(table, [link.here.name, link.there.name], 'key')
  const columns = [link.here.name, link.there.name].map(quote).join(', ')
  await run({ text: `CREATE UNIQUE INDEX ${quote(name)} ON ${quote(table)} (${columns})`, values: [] })
}

/**
 * Makes the foreign keys that the relations of a collection ask for; the tables must be there.
 *
 * @throws 400 INVALID_VALUE with the relation as path when it leads nowhere, or its two ends do not fit;
 *   409 CONFLICT when rows hold keys that the target does not have
 */
export async function ensureForeignKeys(
  transaction: Transaction,
  collection: CompiledCollection,
  collections: Collections,
): Promise<void> {
  for (const relation of collection.relations.values()) {
    if (relation.implied) continue
    const resolved = resolveRelation(collections, collection, relation.name)
    if (!resolved) throw leadsNowhere(collection, relation)
    for (const key of foreignKeysOf(resolved, relation)) await ensureForeignKey(transaction, key)
    await ensureUniqueLinks(transaction, resolved)
    await ensureLinkWalls(transaction, resolved)
  }
  await ensurePartKey(transaction, collection, collections)
}

/** Parts are records of another collection, and go with them. */
export async function ensurePartKey(
  transaction: Transaction,
  { name: table, partition: column, options }: CompiledCollection,
  collections: Collections,
): Promise<void> {
  const target = collections.get(options.partition?.of ?? '')
  const targetColumn = target?.fields.get('id')
  if (!column || !target || !targetColumn) return
  await ensureForeignKey(transaction, {
    table,
    column,
    ...end(target, targetColumn),
    rule: 'CASCADE',
    isExplicit: true,
  })
}

/** Drops the foreign keys of a relation that is no more. */
export async function dropForeignKeys(transaction: Transaction, keys: readonly ForeignKey[]): Promise<void> {
  for (const { table, column, target } of keys) {
    const constraints = await constraintsOn(transaction, table, column.name)
    for (const { name } of constraints.filter((constraint) => constraint.target === target)) {
      await dropConstraint(transaction, table, name)
    }
    await dropKeyWall(transaction, table, column.name)
  }
}

/** The columns of other tables that refer to rows of these, as `table.column`. */
export async function referencesTo({ run }: Executor, tables: readonly string[]): Promise<string[]> {
  const { rows } = await run({
    text: `SELECT conrelid::regclass::text || '.' || attname AS "reference"
           FROM pg_constraint
           JOIN pg_class AS here ON here.oid = conrelid
           JOIN pg_class AS there ON there.oid = confrelid
           JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
           WHERE contype = 'f' AND there.relname = ANY ($1::text[]) AND there.relnamespace = 'public'::regnamespace
             AND NOT here.relname = ANY ($1::text[])
           ORDER BY 1`,
    values: [tables],
  })
  return rows.map((row) => String(row['reference']).replaceAll('"', ''))
}
