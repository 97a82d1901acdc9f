import type { AnyRow } from '../../database/collection.js'
import type { Executor } from '../../database/executor.js'
import { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import { checkRecord, throwFaults, type Values } from '../../schema/shape.js'
import { Reply } from '../action.js'
import { isObject } from '../parameters.js'
import { Write } from '../write.js'
import type { CrudAction, CrudCall } from './crud.js'

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

/** All records checked, or an error that names every fault in them. */
function checkedRecords(write: Write, { call, collection, context }: CrudCall): Record<string, unknown>[] {
  const faults: AppError[] = []
  const preset = call.permission.values
  const checked = recordsOf(call.body, context.limits.bulk).map((record, index) => {
    const prefix = Array.isArray(call.body) ? String(index) : ''
    return checkRecord(faults, collection.fields, write.admit(record, prefix), { prefix, preset })
  })
  throwFaults(faults)
  return checked
}

export interface Inserted {
  /** All that may leave the server: for the server's own use. */
  readonly rows: readonly AnyRow[]
  /** What the caller may see of them. */
  readonly shown: readonly AnyRow[]
}

/** Creates the record or the records of a body. */
export async function insertRecords(crud: CrudCall): Promise<Inserted> {
  const { call, collection, context, readPermission } = crud
  const write = new Write(context, collection, call, readPermission)
  const isBulk = Array.isArray(call.body)
  const checked = checkedRecords(write, crud)
  if (checked.length === 0) return { rows: [], shown: [] }
  const inserted = await write.run(isBulk || write.needsTransaction, async (executor) => {
    for (const [index, values] of checked.entries())
      await hookRecord(write, executor, values, isBulk ? index : undefined)
    const written = await write.records(executor).insert(checked, write.returned, isBulk)
    await write.written(executor, written)
    const names = recordsOf(call.body, context.limits.bulk).flatMap((record) => Object.keys(record))
    return { rows: written, shown: await write.shown(executor, written, names) }
  })
  write.tell(inserted.rows)
  return inserted
}

/** The answer to a body: a record for a record, a list for a list. */
export const insertedReply = ({ call }: CrudCall, { shown }: Inserted): Reply =>
  new Reply({ data: Array.isArray(call.body) ? shown : shown[0] })

/** A refusal by a hook says which record of a list it is about. */
async function hookRecord(
  write: Write,
  executor: Executor,
  values: Record<string, unknown>,
  index: number | undefined,
): Promise<void> {
  try {
    await write.hook(executor, values)
  } catch (error) {
    if (index !== undefined && error instanceof AppError) {
      error.at(error.path === undefined ? String(index) : `${index}.${error.path}`)
    }
    throw error
  }
}

export const create: CrudAction = {
  name: 'create',
  summary: 'Create a record, or several in one transaction',
  reads: false,
  run: async (crud) => insertedReply(crud, await insertRecords(crud)),
}
