import type { Permission } from '../../acl/permission.js'
import type { AnyRow } from '../../database/collection.js'
import type { Executor } from '../../database/executor.js'
import type { Condition } from '../../database/filter/condition.js'
import { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import { checkRecord, checkValues, throwFaults, type Values } from '../../schema/shape.js'
import { withMatchBudget } from '../../schema/text-pattern.js'
import { Reply } from '../action.js'
import { isObject } from '../parameters.js'
import { checkKeys } from '../relations/keys.js'
import { NestedWrite, splitRelated, type Related } from '../relations/nested.js'
import { Write } from '../write.js'
import type { CrudCall, Writers, Written } from './crud.js'
import { importedMembers, withoutUnchanged } from './server-members.js'

/** The records of a body: one, or a list of them. */
function recordsOf(body: unknown, limit: number): readonly Values[] {
  const records: readonly unknown[] = Array.isArray(body) ? body : [body]
  if (records.length > limit) throw wire.INVALID_VALUE({ problem: `at most ${limit} records can be created at once` })
  return records.map((record, index) => {
    if (isObject(record)) return record
    const fault = wire.INVALID_VALUE({ problem: 'a record must be a JSON object' })
    throw Array.isArray(body) ? fault.at(String(index)) : fault
  })
}

/** One record on its way into the database. */
interface Checked {
  readonly values: Record<string, unknown>
  readonly related: Related
  /** The members of the body that count: some may be left out by `whitelist` and `blacklist`. */
  readonly admitted: readonly string[]
  /** Where it stands in the body: `2` for the third of a list. */
  readonly prefix: string
}

type Names = ReadonlySet<string>

/** All records checked, or an error that names every fault in them. */
function checkedRecords(write: Write, { call, collection }: CrudCall, records: readonly Values[], admitted: Names) {
  const faults: AppError[] = []
  const check = (record: Values, index: number): Checked => {
    const prefix = Array.isArray(call.body) ? String(index) : ''
    const kept = write.admit(record, prefix, admitted)
    const { own, related, keys } = splitRelated(collection, kept, prefix)
    const preset = { ...keys, ...call.permission.values }
    const values = checkRecord(faults, collection.fields, own, { prefix, preset, admitted })
    return { values, related, admitted: Object.keys(kept), prefix }
  }
  const checked = withMatchBudget(() => records.map(check))
  throwFaults(faults)
  return checked
}

const writers: Writers = { insert: insertRecords, change: applyChanges, update: updateRecords }

/** Creates the record or the records of a body, and what is nested in them. */
export async function insertRecords(crud: CrudCall): Promise<Written> {
  const { call, collection, context, readPermission } = crud
  const write = new Write(context, collection, call, readPermission)
  const isBulk = Array.isArray(call.body)
  const bodies = recordsOf(call.body, context.limits.bulk)
  const imported = importedMembers(crud, bodies)
  const checked = checkedRecords(write, crud, bodies, imported.names)
  if (checked.length === 0) return { rows: [], shown: [] }
  const isNested = checked.some(({ related }) => related.size > 0)
  const isOne = isBulk || isNested || write.needsTransaction || imported.permission !== undefined
  const inserted = await write.run(isOne, async (executor) => {
    const nested = isNested ? new NestedWrite(crud, executor, writers) : undefined
    for (const { values, related, prefix } of checked) {
      await nested?.before(related, values, prefix)
      await hookRecord(write, executor, values, isBulk ? prefix : undefined)
    }
    await checkKeys(crud, executor, checked)
    const records = checked.map(({ values }) => values)
    const rows = await write.records(executor).insert(records, write.returned, isBulk)
    for (const [index, { related, prefix }] of checked.entries()) await nested?.after(related, rows[index], prefix)
    await write.written(executor, rows, imported.permission)
    const names = checked.flatMap(({ admitted }) => admitted)
    return { rows, shown: await write.shown(executor, rows, names) }
  })
  write.tell(inserted.rows)
  return inserted
}

/** The answer to a body: a record for a record, a list for a list. */
export const insertedReply = ({ call }: CrudCall, { shown }: Written): Reply =>
  new Reply({ data: Array.isArray(call.body) ? shown : shown[0] })

/** A refusal by a hook says which record of a list it is about. */
async function hookRecord(
  write: Write,
  executor: Executor,
  values: Record<string, unknown>,
  index: string | undefined,
): Promise<void> {
  try {
    await write.hook(executor, values)
  } catch (error) {
    if (index !== undefined && error instanceof AppError) {
      error.at(error.path === undefined ? index : `${index}.${error.path}`)
    }
    throw error
  }
}

/** What is to be written into records that are there. */
export interface Changes {
  readonly values: Record<string, unknown>
  readonly related: Related
  /** The members of the body that were admitted. */
  readonly names: readonly string[]
  /** The right by which values of the server's own were brought along, if any were. */
  readonly imported: Permission | undefined
}

/** Checks the changes of a body. @throws 400, 403 */
export function changesOf(crud: CrudCall, write: Write, body: Values): Changes {
  const { call, collection } = crud
  const { names, permission: imported } = importedMembers(crud, [body])
  const admitted = write.admit(body, '', names)
  const { own, related } = splitRelated(collection, admitted, '')
  const values = { ...checkValues(collection.fields, own, { admitted: names }), ...call.permission.values }
  return { values, related, names: Object.keys(admitted), imported }
}

/** Writes changes and what is nested in them. @returns the records that were changed */
export async function writeChanges(
  crud: CrudCall,
  write: Write,
  executor: Executor,
  condition: Condition,
  { values, related }: Changes,
): Promise<AnyRow[]> {
  const nested = related.size > 0 ? new NestedWrite(crud, executor, writers) : undefined
  await nested?.before(related, values, '')
  await write.hook(executor, values, condition)
  await checkKeys(crud, executor, [{ values, prefix: '' }])
  const rows = await write.records(executor).update(condition, values, write.returned)
  for (const row of rows) await nested?.after(related, row, '')
  return rows
}

/** Changes the records that a condition selects, with all that belongs to it: hooks, rules for rows, the event. */
export async function updateRecords(
  crud: CrudCall,
  condition: Condition,
  values: Record<string, unknown>,
  { names = [], related = new Map(), imported = undefined }: Partial<Changes> = {},
): Promise<Written> {
  const { call, collection, context, readPermission } = crud
  const write = new Write(context, collection, call, readPermission)
  const isOne = related.size > 0 || write.needsTransaction || imported !== undefined
  const updated = await write.run(isOne, async (executor) => {
    const rows = await writeChanges(crud, write, executor, condition, { values, related, names, imported })
    await write.written(executor, rows, imported)
    return { rows, shown: await write.shown(executor, rows, names) }
  })
  write.tell(updated.rows)
  return updated
}

/** Applies the changes of a body to the records that a condition selects. */
export async function applyChanges(crud: CrudCall, condition: Condition, body: Values): Promise<Written> {
  const { call, collection, context, readPermission } = crud
  const write = new Write(context, collection, call, readPermission)
  const changes = changesOf(crud, write, await withoutUnchanged(crud, write, condition, body))
  return updateRecords(crud, condition, changes.values, changes)
}
