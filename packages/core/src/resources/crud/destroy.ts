import { notFound, wire } from '../../kernel/wire-errors.js'
import { Reply } from '../action.js'
import { targetOf } from '../target.js'
import { Write } from '../write.js'
import type { CrudAction } from './crud.js'

export const destroy: CrudAction = {
  name: 'destroy',
  summary: 'Delete one record, several, or all that match a filter',
  reads: false,
  run: async ({ call, collection, context, readPermission, toOne = false }) => {
    const target = targetOf(collection, call, false, readPermission)
    if (target.unbounded && !toOne) throw wire.EMPTY_FILTER()
    const write = new Write(context, collection, call, readPermission)
    const rows = await write.run(write.hasHooks, async (executor) => {
      await write.hook(executor, {}, target.condition)
      const deleted = await write.records(executor).delete(target.condition, collection.visible)
      await write.deleted(executor, deleted)
      return deleted
    })
    if ((target.single || toOne) && rows.length === 0) throw notFound()
    write.tell(rows)
    return new Reply({ data: rows.length })
  },
}
