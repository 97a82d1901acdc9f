import { hasRowRules, rowsOf } from '../../acl/permission.js'
import type { CollectionRegistry } from '../../database/collection-registry.js'
import type { CompiledCollection } from '../../database/collection.js'
import type { Executor } from '../../database/executor.js'
import { allOf } from '../../database/filter/condition.js'
import { isAmong } from '../../database/filter/tests.js'
import { Records } from '../../database/records.js'
import { resolveRelation } from '../../database/resolve-relation.js'
import { wire } from '../../kernel/wire-errors.js'
import type { CompiledField, Values } from '../../schema/shape.js'
import type { CrudCall } from '../crud/crud.js'

/** A field whose values are keys of records in another collection. */
interface Key {
  readonly field: string
  readonly target: CompiledCollection
  readonly targetField: CompiledField
}

interface Known {
  readonly revision: number
  readonly keys: readonly Key[]
}
const known = new WeakMap<CompiledCollection, Known>()

/** The keys of a collection: those of its own relations, and those that relations of other collections put there. */
function keysOf(collections: CollectionRegistry, collection: CompiledCollection): readonly Key[] {
  const { revision } = collections
  const before = known.get(collection)
  if (before?.revision === revision) return before.keys
  const keys = collections.values().flatMap((source) => keysIn(collections, source, collection))
  known.set(collection, { revision, keys })
  return keys
}

/** The keys that the relations of one collection hold in another. */
function keysIn(collections: CollectionRegistry, source: CompiledCollection, holder: CompiledCollection): Key[] {
  return [...source.relations.values()].flatMap(({ name, implied }): Key[] => {
    // Nobody writes such a key.
    if (implied) return []
    const relation = resolveRelation(collections, source, name)
    if (!relation) return []
    const { type, target, here, there, link } = relation
    const keys: [CompiledCollection, Key][] = link
      ? [
          [link.collection, { field: link.here.name, target: source, targetField: here }],
          [link.collection, { field: link.there.name, target, targetField: there }],
        ]
      : type === 'belongsTo'
        ? [[source, { field: here.name, target, targetField: there }]]
        : [[target, { field: there.name, target: source, targetField: here }]]
    return keys.flatMap(([collection, key]) => (collection.name === holder.name ? [key] : []))
  })
}

/**
 * A key must be that of a record which the caller may see. Whether there is one at all is for the database to say; this
 * is about those that his rules for rows hide: they are answered like those that are not there.
 *
 * @throws 400 INVALID_VALUE with the key's path
 */
export async function checkKeys(
  { call, collection, context, rights }: CrudCall,
  executor: Executor,
  records: readonly { readonly values: Values; readonly prefix: string }[],
): Promise<void> {
  const keys = keysOf(context.collections, collection)
  for (const { field, target, targetField } of keys) {
    const values = new Set(records.map((record) => record.values[field]))
    values.delete(null)
    values.delete(undefined)
    const read = values.size === 0 ? undefined : rights.find(target.name, 'list')
    if (!read || !hasRowRules(read)) continue
    const rows = rowsOf(read, target, call.principal, call.clock.now())
    const condition = allOf(isAmong(targetField, [...values]), rows)
    const fields = [...new Set(['id', targetField.name])]
    const found = await new Records(target, executor, context.clock, null).select({ fields, condition, varied: true })
    const visible = new Set(found.map((row) => String(row[targetField.name])))
    const hidden = records.find(({ values: { [field]: value } }) => isKey(value) && !visible.has(String(value)))
    if (hidden) {
      const path = hidden.prefix === '' ? field : `${hidden.prefix}.${field}`
      throw wire.INVALID_VALUE({ problem: `${field} refers to a record that is not there` }).at(path)
    }
  }
}

const isKey = (value: unknown): boolean => value !== null && value !== undefined
