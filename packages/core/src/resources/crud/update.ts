import type { AnyRow } from '../../database/collection.js'
import type { Condition } from '../../database/filter/condition.js'
import { notFound, wire } from '../../kernel/wire-errors.js'
import { checkValues } from '../../schema/shape.js'
import { Reply } from '../action.js'
import { isObject } from '../parameters.js'
import { targetOf } from '../target.js'
import { Write } from '../write.js'
import type { CrudAction, CrudCall } from './crud.js'

interface Updated {
  readonly rows: readonly AnyRow[]
  readonly shown: readonly AnyRow[]
}

/** Changes the records that a condition selects, with all that belongs to it: hooks, rules for rows, the event. */
export async function updateRecords(
  { call, collection, context, readPermission }: Omit<CrudCall, 'rights'>,
  condition: Condition,
  values: Record<string, unknown>,
  names: readonly string[] = [],
): Promise<Updated> {
  const write = new Write(context, collection, call, readPermission)
  const updated = await write.run(write.needsTransaction, async (executor) => {
    await write.hook(executor, values, condition)
    const rows = await write.records(executor).update(condition, values, write.returned)
    await write.written(executor, rows)
    return { rows, shown: await write.shown(executor, rows, names) }
  })
  write.tell(updated.rows)
  return updated
}

export const update: CrudAction = {
  name: 'update',
  summary: 'Change one record, or all that match a filter',
  reads: false,
  run: async (crud) => {
    const { call, collection, context, readPermission } = crud
    const target = targetOf(collection, call, false, readPermission)
    if (target.unbounded && crud.toOne !== true) throw wire.EMPTY_FILTER()
    if (!isObject(call.body)) throw wire.INVALID_VALUE({ problem: 'the changes must be a JSON object' })
    const write = new Write(context, collection, call, readPermission)
    const values = { ...checkValues(collection.fields, write.admit(call.body)), ...call.permission.values }
    const { rows, shown } = await updateRecords(crud, target.condition, values, Object.keys(call.body))
    if ((target.single || crud.toOne === true) && rows.length === 0) throw notFound()
    return new Reply({ data: shown })
  },
}
