import { combineErrors, type AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import type { Permission } from '../acl/permission.js'
import type { CompiledCollection } from '../database/collection.js'
import type { Selection } from '../database/query.js'
import { parameter, listParameter } from './parameters.js'
import type { ActionCall } from './action.js'

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

const invalid = (problem: string): AppError => wire.INVALID_FIELDS({ problem })

function checkNames(
  collection: CompiledCollection,
  names: readonly string[],
  readable: readonly string[],
  path: string,
): void {
  const faults = names.flatMap((name) => {
    if (readable.includes(name)) return []
    if (collection.visible.includes(name))
      return [wire.NO_PERMISSION({ target: `the field ${collection.name}.${name}` }).at(path)]
    return [invalid(`there is no field "${name}"`).at(path)]
  })
  const [first, ...rest] = faults
  if (first) throw combineErrors([first, ...rest])
}

/** Applies `fields`, `except` and `appends` to what may be read. @throws 400 INVALID_FIELDS, 403 NO_PERMISSION */
export function selectedFields(collection: CompiledCollection, call: ActionCall, inBody: boolean): readonly string[] {
  const readable = readableFields(collection, call.permission)
  const names = (name: string) => listParameter(parameter(call, name, inBody), (problem) => invalid(problem).at(name))
  const [fields, except, appends] = [names('fields'), names('except'), names('appends')]
  if (appends && appends.length > 0) throw invalid(`there is no relation "${appends.join('", "')}"`).at('appends')
  if (!fields && !except) return readable
  if (fields) checkNames(collection, fields, readable, 'fields')
  if (except) checkNames(collection, except, readable, 'except')
  const selected = readable.filter((name) => (!fields || fields.includes(name)) && !except?.includes(name))
  // A record without any member would be a record without a name.
  return selected.length > 0 ? selected : ['id']
}

/** The same for a statement, which has to know whether the caller chose. */
export function chosenFields(collection: CompiledCollection, call: ActionCall): Pick<Selection, 'fields' | 'varied'> {
  const fields = selectedFields(collection, call, true)
  return fields === readableFields(collection, call.permission) ? { fields } : { fields, varied: true }
}
