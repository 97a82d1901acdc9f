import { rowsOf } from '../../acl/permission.js'
import type { CompiledCollection } from '../../database/collection.js'
import { allOf } from '../../database/filter/condition.js'
import { Records } from '../../database/records.js'
import { parseSort } from '../../database/sort.js'
import { wire } from '../../kernel/wire-errors.js'
import type { Selection } from '../../database/query.js'
import { Reply, type ActionCall } from '../action.js'
import type { ResourceLimits } from '../context.js'
import { flagParameter, numberParameter, parameter } from '../parameters.js'
import { chosenFields, readableSet } from '../readable.js'
import { filterOf } from '../target.js'
import type { CrudAction } from './crud.js'

const standardPageSize = 20
const lastPage = 9_999_999

interface Paging {
  readonly page: number
  readonly pageSize: number
}

const pagingOf = (call: ActionCall, limits: ResourceLimits): Paging => ({
  page: numberParameter('page', parameter(call, 'page', true), 1, lastPage),
  pageSize: numberParameter('pageSize', parameter(call, 'pageSize', true), standardPageSize, limits.pageSize),
})

function selectionOf(collection: CompiledCollection, call: ActionCall): Selection {
  return {
    ...chosenFields(collection, call),
    condition: allOf(
      filterOf(collection, call, true),
      rowsOf(call.permission, collection, call.principal, call.clock.now()),
    ),
    sort: parseSort(collection, parameter(call, 'sort', true).value, readableSet(collection, call.permission)),
  }
}

async function everything(records: Records, selection: Selection, limit: number): Promise<Reply> {
  const data = await records.select({ ...selection, limit: limit + 1 })
  if (data.length > limit) throw wire.RESULT_TOO_LARGE({ limit })
  return new Reply({ data })
}

/** Without counting: one row more than asked for tells whether there is a next page. */
async function uncounted(records: Records, selection: Selection, { page, pageSize }: Paging): Promise<Reply> {
  const rows = await records.select({ ...selection, limit: pageSize + 1, offset: (page - 1) * pageSize })
  return new Reply({ data: rows.slice(0, pageSize), meta: { page, pageSize, hasNext: rows.length > pageSize } })
}

async function counted(records: Records, selection: Selection, { page, pageSize }: Paging): Promise<Reply> {
  const [data, count] = await Promise.all([
    records.select({ ...selection, limit: pageSize, offset: (page - 1) * pageSize }),
    records.count(selection.condition),
  ])
  return new Reply({ data, meta: { count, page, pageSize, totalPage: Math.ceil(count / pageSize) } })
}

export const list: CrudAction = {
  name: 'list',
  summary: 'List records page by page',
  reads: true,
  run: ({ call, collection, context }) => {
    const paging = pagingOf(call, context.limits)
    // No answer hands out cursors yet, so whatever comes as one is made up.
    if (parameter(call, 'after', true).value !== undefined) {
      throw wire.INVALID_PAGE({ problem: 'there is no such cursor' }).at('after')
    }
    const selection = selectionOf(collection, call)
    const records = new Records(collection, context.executor, context.clock, null)
    if (!flagParameter('paginate', parameter(call, 'paginate', true), true)) {
      return everything(records, selection, context.limits.unpaged)
    }
    const counts = flagParameter('count', parameter(call, 'count', true), collection.options.simplePaginate !== true)
    return counts ? counted(records, selection, paging) : uncounted(records, selection, paging)
  },
}
