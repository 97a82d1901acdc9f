import { isDeepStrictEqual } from 'node:util'
import type { Permission } from '../../acl/permission.js'
import type { AnyRow, CompiledCollection } from '../../database/collection.js'
import type { Condition } from '../../database/filter/condition.js'
import { jsonValueFor } from '../../schema/exact-number.js'
import type { CompiledField, Values } from '../../schema/shape.js'
import { readableSet } from '../readable.js'
import type { Write } from '../write.js'
import type { CrudCall } from './crud.js'

/** The right to bring along values that the server sets otherwise. */
export const importRight = 'import'

/** The members that it is about. */
export const importable: ReadonlySet<string> = new Set(['id', 'createdAt', 'updatedAt', 'createdById', 'updatedById'])

/** Members of a body that the server sets otherwise and that this caller may bring along. */
export interface Imported {
  readonly names: ReadonlySet<string>
  /** Undefined when there are none. What is written must be within it. */
  readonly permission: Permission | undefined
}

const nothing: Imported = { names: new Set(), permission: undefined }

/** Returns the members of some records that the right `import` admits. */
export function importedMembers({ collection, rights }: CrudCall, records: readonly Values[]): Imported {
  const isAsked = records.some((record) => Object.keys(record).some((name) => importable.has(name)))
  // A plugin that makes records in its own way, as that of users does, says itself what they are like.
  const isOffered = isAsked && rights.isBuiltIn(collection.name, 'create')
  const permission = isOffered ? rights.find(collection.name, importRight) : undefined
  if (!permission) return nothing
  const names = [...importable].filter((name) => !permission.fields || permission.fields.has(name))
  return { names: new Set(names), permission }
}

/** Returns what the caller may read of the collection, for a call that is part of another one as well. */
const readPermissionOf = ({ readPermission, rights, collection: { name } }: CrudCall): Permission | undefined =>
  readPermission ?? rights.find(name, 'get') ?? rights.find(name, 'list')

/** The members of a body that only the server sets. */
const readOnlyMembers = ({ fields }: CompiledCollection, body: Values): readonly CompiledField[] =>
  Object.keys(body).flatMap((name) => {
    const field = fields.get(name)
    return field?.options.readOnly === true && field.options.hidden !== true ? [field] : []
  })

/** Numbers of 64 bits are the same as texts. */
const plain = ({ kind }: CompiledField, value: unknown): unknown =>
  kind.operators === 'number' ? String(value) : value

function isSame(field: CompiledField, given: unknown, stored: unknown): boolean {
  if (given === null || stored === null) return given === stored
  const read = (value: unknown) => field.operand.safeParse(jsonValueFor(field.kind, value))
  const [one, other] = [read(given), read(stored)]
  return one.success && other.success && isDeepStrictEqual(plain(field, one.data), plain(field, other.data))
}

/**
 * Leaves out the read-only members whose values are those of the records, so that what was read can be written back.
 * Comparing is reading: only what the caller may read is compared.
 */
export async function withoutUnchanged(
  crud: CrudCall,
  write: Write,
  condition: Condition,
  body: Values,
): Promise<Values> {
  const members = readOnlyMembers(crud.collection, body)
  if (members.length === 0) return body
  const { executor, limits } = crud.context
  const rows = await write.records(executor).select({
    fields: [...new Set(['id', ...members.map(({ name }) => name)])],
    condition,
    limit: limits.unpaged + 1,
    varied: true,
  })
  if (rows.length > limits.unpaged) return body
  return withoutSame(crud, write, rows, body)
}

/** The same for records that were read already. */
export async function withoutSame(
  crud: CrudCall,
  write: Write,
  rows: readonly AnyRow[],
  body: Values,
): Promise<Values> {
  const { collection, context } = crud
  const members = readOnlyMembers(collection, body)
  const read = members.length === 0 ? undefined : readPermissionOf(crud)
  if (!read) return body
  const visible = await write.readableRows(context.executor, rows, read)
  if (visible.length < rows.length) return body
  const readable = readableSet(collection, read)
  const same = members.filter(
    (field) =>
      readable?.has(field.name) !== false && rows.every((row) => isSame(field, body[field.name], row[field.name])),
  )
  const names = new Set(same.map(({ name }) => name))
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.has(name)))
}
