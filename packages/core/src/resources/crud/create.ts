import type { AnyRow } from '../../database/collection.js'
import { wire } from '../../kernel/wire-errors.js'
import { checkValues, completeValues, type Values } from '../../schema/shape.js'
import { Reply } from '../action.js'
import { isObject } from '../parameters.js'
import { shownAfterWriting, Write } from '../write.js'
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

async function insert({ call, collection, context, readPermission }: CrudCall): Promise<AnyRow[]> {
  const write = new Write(context, collection, call, shownAfterWriting(call, readPermission))
  const isBulk = Array.isArray(call.body)
  const checked = recordsOf(call.body, context.limits.bulk).map((record, index) => {
    const prefix = isBulk ? String(index) : ''
    const values = {
      ...checkValues(collection.fields, write.admit(record, prefix), { prefix }),
      ...call.permission.values,
    }
    completeValues(collection.fields, values, prefix)
    return values
  })
  if (checked.length === 0) return []
  const rows = await write.run(isBulk || write.needsTransaction, async (executor) => {
    for (const values of checked) await write.hook(executor, values)
    const written = await write.records(executor).insert(checked, write.returned)
    await write.written(executor, written)
    return written
  })
  write.tell(rows)
  return rows
}

export const create: CrudAction = {
  name: 'create',
  summary: 'Create a record, or several in one transaction',
  reads: false,
  run: async (call) => {
    const rows = await insert(call)
    return new Reply({ data: Array.isArray(call.call.body) ? rows : rows[0] })
  },
}
