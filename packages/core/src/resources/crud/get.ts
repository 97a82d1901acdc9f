import { Records } from '../../database/records.js'
import { notFound, wire } from '../../kernel/wire-errors.js'
import { Reply } from '../action.js'
import { chosenFields } from '../readable.js'
import { targetOf } from '../target.js'
import type { CrudAction } from './crud.js'

export const get: CrudAction = {
  name: 'get',
  summary: 'Read one record',
  reads: true,
  run: async ({ call, collection, context }) => {
    const { condition, single, unbounded } = targetOf(collection, call, true)
    if (unbounded) throw wire.INVALID_QUERY({ problem: 'filterByTk or a filter says which record' }).at('filterByTk')
    const records = new Records(collection, context.executor, context.clock, null)
    const chosen = chosenFields(collection, call)
    const [row] = await records.select({
      ...chosen,
      condition,
      ...(single ? {} : { sort: [{ field: 'id', descending: false }], limit: 1 }),
    })
    if (!row) throw notFound()
    return new Reply({ data: row })
  },
}
