import type { Permission } from '../acl/permission.js'
import type { CompiledCollection } from '../database/collection.js'

const lists = new WeakMap<ReadonlySet<string>, WeakMap<CompiledCollection, readonly string[]>>()

/** The fields that a permission lets out, in the order of the wire. What identifies a record is always among them. */
export function readableFields(collection: CompiledCollection, { fields }: Permission): readonly string[] {
  if (!fields) return collection.visible
  let byCollection = lists.get(fields)
  if (!byCollection) lists.set(fields, (byCollection = new WeakMap()))
  let list = byCollection.get(collection)
  if (!list) {
    list = collection.visible.filter((name) => fields.has(name) || name === 'id' || name === collection.targetKey.name)
    byCollection.set(collection, list)
  }
  return list
}

/** The same as a set, for filters and sort orders; undefined when every visible field may be read. */
export const readableSet = (collection: CompiledCollection, permission: Permission): ReadonlySet<string> | undefined =>
  permission.fields && new Set(readableFields(collection, permission))

/** Of a record that may not be read no more can be told than which it is. */
export const identity = ({ targetKey }: CompiledCollection): ReadonlySet<string> => new Set(['id', targetKey.name])
