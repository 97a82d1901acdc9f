import type { Condition } from '../../database/filter/condition.js'
import { notFound, wire } from '../../kernel/wire-errors.js'
import { Reply } from '../action.js'
import { targetOf } from '../target.js'
import { Write } from '../write.js'
import { inBatches, isOne, requireFew, wantsCountOnly } from './bounded.js'
import type { CrudAction, CrudCall } from './crud.js'

export const destroy: CrudAction = {
  name: 'destroy',
  summary: 'Delete one record, several, or all that match a filter',
  reads: false,
  run: async (crud) => {
    const { call, collection, readPermission, toOne = false } = crud
    const target = targetOf(collection, call, false, readPermission)
    if (target.unbounded && !toOne) throw wire.EMPTY_FILTER()
    if (!isOne(target, crud)) return new Reply({ data: await destroyMany(crud, target.condition) })
    const count = await destroyFound(crud, target.condition)
    if (count === 0) throw notFound()
    return new Reply({ data: count })
  },
}

const destroyMany = (crud: CrudCall, condition: Condition): Promise<number> =>
  crud.context.executor.transaction(async (executor) => {
    const inner = { ...crud, context: { ...crud.context, executor } }
    if (wantsCountOnly(crud.call)) {
      return inBatches(inner, executor, condition, (batch) => destroyFound(inner, batch))
    }
    await requireFew(inner, executor, condition)
    return destroyFound(inner, condition)
  })

async function destroyFound(crud: CrudCall, condition: Condition): Promise<number> {
  const { call, collection, context, readPermission } = crud
  const write = new Write(context, collection, call, readPermission)
  const rows = await write.run(write.hasHooks, async (executor) => {
    await write.hook(executor, {}, condition)
    const deleted = await write.records(executor).delete(condition, write.isHeard ? collection.visible : ['id'])
    await write.deleted(executor, deleted)
    return deleted
  })
  write.tell(rows)
  return rows.length
}
