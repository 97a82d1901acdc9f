import { Records } from '../../database/records.js'
import { notFound, wire } from '../../kernel/wire-errors.js'
import { Reply } from '../action.js'
import { chosenOf } from '../relations/chosen.js'
import { targetOf } from '../target.js'
import type { CrudAction } from './crud.js'

export const get: CrudAction = {
  name: 'get',
  summary: 'Read one record',
  reads: true,
  run: async (crud) => {
    const { call, collection, context } = crud
    const { condition, single, several, unbounded } = targetOf(collection, call, true, call.permission)
    if (several) throw wire.INVALID_QUERY({ problem: 'filterByTk names several records; one is read' }).at('filterByTk')
    if (unbounded && crud.toOne !== true)
      throw wire.INVALID_QUERY({ problem: 'filterByTk or a filter says which record' }).at('filterByTk')
    const records = new Records(collection, context.executor, context.clock, null)
    const chosen = chosenOf(crud)
    const [row] = await records.select({
      ...chosen.selection,
      condition,
      ...(single ? {} : { sort: [{ field: 'id', descending: false }], limit: 1 }),
    })
    if (!row) throw notFound()
    const [data] = await chosen.complete([row])
    return new Reply({ data })
  },
}
