import { notFound, wire } from '../../kernel/wire-errors.js'
import { checkValues } from '../../schema/shape.js'
import { Reply } from '../action.js'
import { isObject } from '../parameters.js'
import { targetOf } from '../target.js'
import { Write } from '../write.js'
import type { CrudAction } from './crud.js'

export const update: CrudAction = {
  name: 'update',
  summary: 'Change one record, or all that match a filter',
  reads: false,
  run: async ({ call, collection, context, readPermission }) => {
    const target = targetOf(collection, call, false, readPermission)
    if (target.unbounded) throw wire.EMPTY_FILTER()
    if (!isObject(call.body)) throw wire.INVALID_VALUE({ problem: 'the changes must be a JSON object' })
    const write = new Write(context, collection, call, readPermission)
    const values = { ...checkValues(collection.fields, write.admit(call.body)), ...call.permission.values }
    const names = Object.keys(call.body)
    const { rows, shown } = await write.run(write.needsTransaction, async (executor) => {
      await write.hook(executor, values, target.condition)
      const written = await write.records(executor).update(target.condition, values, write.returned)
      await write.written(executor, written)
      return { rows: written, shown: await write.shown(executor, written, names) }
    })
    if (target.single && rows.length === 0) throw notFound()
    write.tell(rows)
    return new Reply({ data: shown })
  },
}
