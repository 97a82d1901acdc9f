import type { CollectionRegistry } from './collection-registry.js'
import { compileCollection } from './collection.js'
import type { Executor } from './executor.js'
import { plainCollection, readCollections } from './runtime-collections.js'

/** What the table of a collection lacks, because somebody took it away with SQL. */
export interface Drift {
  readonly collection: string
  /** The columns that are missing; undefined when the whole table is. */
  readonly columns?: readonly string[]
  /** Was the collection made at run time? Then it can be made anew, or dropped. */
  readonly isRuntime: boolean
}

async function columnsOf(executor: Executor, tables: readonly string[]): Promise<Map<string, Set<string>>> {
  const { rows } = await executor.run({
    text: `SELECT relname::text AS "table", ARRAY(SELECT attname::text FROM pg_attribute
             WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped) AS "columns"
           FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1::text[])`,
    values: [tables],
  })
  return new Map(
    rows.map(({ table, columns }) => [String(table), new Set(Array.isArray(columns) ? columns.map(String) : [])]),
  )
}

/** Of those made at run time the database says what they are now: this node may not have heard of the last change. */
async function collectionsNow(executor: Executor, registry: CollectionRegistry, isAsked: (name: string) => boolean) {
  const stored = await readCollections(executor)
  const names = new Set(stored.map(({ name }) => name))
  const inCode = registry.values().filter(({ name }) => isAsked(name) && !registry.isRuntime(name) && !names.has(name))
  const made = stored.filter(({ name }) => isAsked(name))
  return [
    ...inCode.map((collection) => ({ collection, isRuntime: false })),
    ...made.map((record) => ({
      collection: compileCollection(registry.options.settle(plainCollection(record)), registry),
      isRuntime: true,
    })),
  ]
}

/** The collections whose tables lack what their definitions need. @param among only of these; of all when left out */
export async function findDrift(
  executor: Executor,
  registry: CollectionRegistry,
  among?: readonly string[],
): Promise<Drift[]> {
  const all = await collectionsNow(executor, registry, (name) => among?.includes(name) !== false)
  const there = await columnsOf(
    executor,
    all.map(({ collection }) => collection.name),
  )
  return all.flatMap(({ collection: { name, fields }, isRuntime }): Drift[] => {
    const columns = there.get(name)
    if (!columns) return [{ collection: name, isRuntime }]
    const missing = [...fields.keys()].filter((field) => !columns.has(field))
    return missing.length === 0 ? [] : [{ collection: name, columns: missing, isRuntime }]
  })
}

const listed = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ')

/** `"todos" has no table any more` */
export const driftText = ({ collection, columns }: Drift): string =>
  columns === undefined
    ? `"${collection}" has no table any more`
    : `the table of "${collection}" has no ${columns.length === 1 ? 'column' : 'columns'} ${listed(columns)} any more`

/** What to do about it. */
export const driftCure = ({ collection, columns, isRuntime }: Drift): string => {
  if (!isRuntime) return 'Bring it back from a backup, or start the server anew: it makes what is missing, empty.'
  const anew = `collections:update/${collection} with {} makes it anew, empty`
  return columns === undefined
    ? `Bring it back from a backup; or ${anew}; or collections:destroy/${collection} drops the definition.`
    : `Bring it back from a backup; or ${anew}; or collections/${collection}/fields:destroy drops the field.`
}
