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

/** All records checked, or an error that names every fault in them. */
function checkedRecords(write: Write, { call, collection, context }: CrudCall): Checked[] {
  const faults: AppError[] = []
  const check = (record: Values, index: number): Checked => {
    const prefix = Array.isArray(call.body) ? String(index) : ''
    const admitted = write.admit(record, prefix)
    const { own, related, keys } = splitRelated(collection, admitted, prefix)
    const preset = { ...keys, ...call.permission.values }
    const values = checkRecord(faults, collection.fields, own, { prefix, preset })
    return { values, related, admitted: Object.keys(admitted), prefix }
  }
  const checked = withMatchBudget(() => recordsOf(call.body, context.limits.bulk).map(check))
  throwFaults(faults)
  return checked
}

const writers: Writers = { insert: insertRecords, change: applyChanges, update: updateRecords }

/** Creates the record or the records of a body, and what is nested in them. */
export async function insertRecords(crud: CrudCall): Promise<Written> {
  const { call, collection, context, readPermission } = crud
  const write = new Write(context, collection, call, readPermission)
  const isBulk = Array.isArray(call.body)
  const checked = checkedRecords(write, crud)
  if (checked.length === 0) return { rows: [], shown: [] }
  const isNested = checked.some(({ related }) => related.size > 0)
  const inserted = await write.run(isBulk || isNested || write.needsTransaction, async (executor) => {
    const nested = isNested ? new NestedWrite(crud, executor, writers) : undefined
    for (const { values, related, prefix } of checked) {
      await nested?.before(related, values, prefix)
      await hookRecord(write, executor, values, isBulk ? prefix : undefined)
    }
    await checkKeys(crud, executor, checked)
    const records = checked.map(({ values }) => values)
    const rows = await write.records(executor).insert(records, write.returned, isBulk)
    for (const [index, { related, prefix }] of checked.entries()) await nested?.after(related, rows[index], prefix)
    await write.written(executor, rows)
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

/** Changes the records that a condition selects, with all that belongs to it: hooks, rules for rows, the event. */
export async function updateRecords(
  crud: CrudCall,
  condition: Condition,
  values: Record<string, unknown>,
  { names = [], related = new Map() }: { readonly names?: readonly string[]; readonly related?: Related } = {},
): Promise<Written> {
  const { call, collection, context, readPermission } = crud
  const write = new Write(context, collection, call, readPermission)
  const isNested = related.size > 0
  const updated = await write.run(isNested || write.needsTransaction, async (executor) => {
    const nested = isNested ? new NestedWrite(crud, executor, writers) : undefined
    await nested?.before(related, values, '')
    await write.hook(executor, values, condition)
    await checkKeys(crud, executor, [{ values, prefix: '' }])
    const returned = isNested ? collection.visible : write.returned
    const rows = await write.records(executor).update(condition, values, returned)
    for (const row of rows) await nested?.after(related, row, '')
    await write.written(executor, rows)
    return { rows, shown: await write.shown(executor, rows, names) }
  })
  write.tell(updated.rows)
  return updated
}

/** Applies the changes of a body to the records that a condition selects. */
export function applyChanges(crud: CrudCall, condition: Condition, body: Values): Promise<Written> {
  const { call, collection, context, readPermission } = crud
  const write = new Write(context, collection, call, readPermission)
  const admitted = write.admit(body)
  const { own, related } = splitRelated(collection, admitted, '')
  const values = { ...checkValues(collection.fields, own), ...call.permission.values }
  return updateRecords(crud, condition, values, { names: Object.keys(admitted), related })
}
