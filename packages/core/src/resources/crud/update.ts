import { notFound, wire } from '../../kernel/wire-errors.js'
import { Reply } from '../action.js'
import { isObject } from '../parameters.js'
import { targetOf } from '../target.js'
import type { CrudAction } from './crud.js'
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
    const { rows, shown } = await applyChanges(crud, target.condition, call.body)
    if ((target.single || toOne) && rows.length === 0) throw notFound()
    return new Reply({ data: shown })
  },
}
