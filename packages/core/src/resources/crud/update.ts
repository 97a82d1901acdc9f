import type { Executor } from '../../database/executor.js'
import type { Condition } from '../../database/filter/condition.js'
import { notFound, wire } from '../../kernel/wire-errors.js'
import { Reply } from '../action.js'
import { isObject } from '../parameters.js'
import { targetOf } from '../target.js'
import type { CrudAction, CrudCall, Written } from './crud.js'
import type { Values } from '../../schema/shape.js'
import { inBatches, isOne, requireFew, requireFewWritten, wantsCountOnly } from './bounded.js'
import { applyChanges } from './writing.js'

export const update: CrudAction = {
  name: 'update',
  summary: 'Change one record, or all that match a filter',
  reads: false,
  run: async (crud) => {
    const { call, collection, readPermission, toOne = false } = crud
    const target = targetOf(collection, call, false, readPermission)
    if (target.unbounded && !toOne) throw wire.EMPTY_FILTER()
    if (!isObject(call.body)) throw wire.INVALID_VALUE({ problem: 'the changes must be a JSON object' })
    if (isOne(target, crud)) return only(crud, await applyChanges(crud, target.condition, call.body))
    return wantsCountOnly(call)
      ? countChanged(crud, target.condition, call.body)
      : changeFew(crud, target.condition, call.body)
  },
}

/** One record, which has to be there. */
function only({ call }: CrudCall, { rows, shown }: Written): Reply {
  if (rows.length === 0) throw notFound()
  return new Reply({ data: wantsCountOnly(call) ? rows.length : shown })
}

/** All of it in one transaction, so that an answer that is too large changes nothing. */
async function changeFew(crud: CrudCall, condition: Condition, body: Values): Promise<Reply> {
  const data = await crud.context.executor.transaction(async (executor) => {
    await requireFew(crud, executor, condition)
    const { rows, shown } = await applyChanges(within(crud, executor), condition, body)
    requireFewWritten(crud, rows)
    return shown
  })
  return new Reply({ data })
}

async function countChanged(crud: CrudCall, condition: Condition, body: Values): Promise<Reply> {
  const data = await crud.context.executor.transaction((executor) =>
    inBatches(crud, executor, condition, async (batch) => {
      const { rows } = await applyChanges(within(crud, executor), batch, body)
      return rows.length
    }),
  )
  return new Reply({ data })
}

const within = (crud: CrudCall, executor: Executor): CrudCall => ({ ...crud, context: { ...crud.context, executor } })
