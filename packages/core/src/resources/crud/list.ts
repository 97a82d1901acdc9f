import { rowsOf } from '../../acl/permission.js'
import type { AnyRow, CompiledCollection } from '../../database/collection.js'
import { allOf } from '../../database/filter/condition.js'
import { Records } from '../../database/records.js'
import { parseSort } from '../../database/sort.js'
import { wire } from '../../kernel/wire-errors.js'
import type { SortKey } from '../../database/keyset.js'
import type { Selection } from '../../database/query.js'
import { Reply, type ActionCall } from '../action.js'
import { Cursors } from '../cursor.js'
import { pagingOf, type Paging } from '../paging.js'
import { parameter } from '../parameters.js'
import { chosenFields, readableSet } from '../readable.js'
import { filterOf } from '../target.js'
import type { CrudAction } from './crud.js'

interface Listing extends Selection {
  readonly sort: readonly SortKey[]
}

function selectionOf(collection: CompiledCollection, call: ActionCall): Listing {
  return {
    ...chosenFields(collection, call),
    condition: allOf(
      filterOf(collection, call, true),
      rowsOf(call.permission, collection, call.principal, call.clock.now()),
    ),
    sort: parseSort(collection, parameter(call, 'sort', true).value, readableSet(collection, call.permission)),
  }
}

async function everything(records: Records, selection: Listing, limit: number): Promise<Reply> {
  const data = await records.select({ ...selection, limit: limit + 1 })
  if (data.length > limit) throw wire.RESULT_TOO_LARGE({ limit })
  return new Reply({ data })
}

/** With the sort keys, which the cursor is made of, whether they were asked for or not. */
function withSortKeys(selection: Listing): Listing {
  const missing = selection.sort.map(({ field }) => field).filter((name) => !selection.fields.includes(name))
  return missing.length === 0 ? selection : { ...selection, fields: [...selection.fields, ...missing], varied: true }
}

const only = (rows: readonly AnyRow[], fields: readonly string[]): AnyRow[] =>
  rows.map((row) => Object.fromEntries(fields.map((name) => [name, row[name]])))

/** Without counting: one row more than asked for tells whether there is a next page. */
async function uncounted(
  records: Records,
  selection: Listing,
  { page: asked, pageSize, after: sealed }: Paging,
  cursors: Cursors,
): Promise<Reply> {
  const { after, page } = sealed === undefined ? { after: undefined, page: asked } : cursors.read(sealed)
  const keyed = withSortKeys(selection)
  const offset = after ? 0 : (page - 1) * pageSize
  const rows = await records.select({ ...keyed, after, limit: pageSize + 1, offset })
  const hasNext = rows.length > pageSize
  const shown = hasNext ? rows.slice(0, pageSize) : rows
  const last = shown.at(-1)
  const nextCursor = hasNext && last ? { nextCursor: cursors.write(last, page + 1) } : {}
  const data = keyed === selection ? shown : only(shown, selection.fields)
  return new Reply({ data, meta: { page, pageSize, hasNext, ...nextCursor } })
}

async function counted(records: Records, selection: Listing, { page, pageSize }: Paging): Promise<Reply> {
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
    const paging = pagingOf(call, context.limits, collection.options.simplePaginate !== true)
    const selection = selectionOf(collection, call)
    const records = new Records(collection, context.executor, context.clock, null)
    if (paging.mode === 'all') return everything(records, selection, context.limits.unpaged)
    if (paging.mode === 'counted') return counted(records, selection, paging)
    return uncounted(records, selection, paging, new Cursors(context.seal, collection, selection.sort))
  },
}
