import { rowsOf } from '../../acl/permission.js'
import type { AnyRow } from '../../database/collection.js'
import { allOf } from '../../database/filter/condition.js'
import type { SortKey } from '../../database/keyset.js'
import type { Selection } from '../../database/query.js'
import { Records } from '../../database/records.js'
import { parseSort } from '../../database/sort.js'
import { wire } from '../../kernel/wire-errors.js'
import { Reply } from '../action.js'
import { Cursors } from '../cursor.js'
import { pagingOf, type Paging } from '../paging.js'
import { parameter } from '../parameters.js'
import { chosenOf, type Chosen } from '../relations/chosen.js'
import { sightThrough } from '../sight.js'
import { filterOf } from '../target.js'
import type { CrudAction, CrudCall } from './crud.js'

interface Ordered extends Selection {
  readonly sort: readonly SortKey[]
}

/** What is listed, and what becomes of the rows. */
interface Listing {
  readonly records: Records
  readonly selection: Ordered
  readonly complete: Chosen['complete']
}

function listingOf(crud: CrudCall): Listing {
  const { call, collection, context } = crud
  const { selection, complete } = chosenOf(crud)
  const condition = allOf(
    filterOf(collection, call, true, call.permission),
    rowsOf(call.permission, collection, call.principal, call.clock.now()),
  )
  const sort = parseSort(
    collection,
    parameter(call, 'sort', true).value,
    sightThrough(call, collection, call.permission),
  )
  const records = new Records(collection, context.executor, context.clock, null)
  return { records, selection: { ...selection, condition, sort }, complete }
}

async function everything({ records, selection, complete }: Listing, limit: number): Promise<Reply> {
  const rows = await records.select({ ...selection, limit: limit + 1 })
  if (rows.length > limit) throw wire.RESULT_TOO_LARGE({ limit: `${limit} rows` })
  return new Reply({ data: await complete(rows) })
}

/** With the sort keys, which the cursor is made of, whether they were asked for or not. */
function withSortKeys(selection: Ordered): Ordered {
  const missing = selection.sort.map(({ field }) => field).filter((name) => !selection.fields.includes(name))
  return missing.length === 0 ? selection : { ...selection, fields: [...selection.fields, ...missing], varied: true }
}

const only = (rows: readonly AnyRow[], fields: readonly string[]): AnyRow[] =>
  rows.map((row) => Object.fromEntries(fields.map((name) => [name, row[name]])))

/** Without counting: one row more than asked for tells whether there is a next page. */
async function uncounted(
  { records, selection, complete }: Listing,
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
  const data = await complete(keyed === selection ? shown : only(shown, selection.fields))
  return new Reply({ data, meta: { page, pageSize, hasNext, ...nextCursor } })
}

async function counted({ records, selection, complete }: Listing, { page, pageSize }: Paging): Promise<Reply> {
  const [rows, count] = await Promise.all([
    records.select({ ...selection, limit: pageSize, offset: (page - 1) * pageSize }),
    records.count(selection.condition),
  ])
  const data = await complete(rows)
  return new Reply({ data, meta: { count, page, pageSize, totalPage: Math.ceil(count / pageSize) } })
}

export const list: CrudAction = {
  name: 'list',
  summary: 'List records page by page',
  reads: true,
  run: (crud) => {
    const { call, collection, context } = crud
    const paging = pagingOf(call, context.limits, collection.options.simplePaginate !== true)
    const listing = listingOf(crud)
    if (paging.mode === 'all') return everything(listing, context.limits.unpaged)
    if (paging.mode === 'counted') return counted(listing, paging)
    return uncounted(listing, paging, new Cursors(context.seal, collection, listing.selection.sort))
  },
}
