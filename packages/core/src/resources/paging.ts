import type { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import type { ActionCall } from './action.js'
import type { ResourceLimits } from './context.js'
import { flagParameter, numberParameter, parameter } from './parameters.js'

const standardPageSize = 20
const lastPage = 9_999_999

/** How much of a list is asked for. */
export interface Paging {
  readonly page: number
  readonly pageSize: number
  /** `counted`: with the number of all rows. `uncounted`: with a cursor instead. `all`: in one answer. */
  readonly mode: 'counted' | 'uncounted' | 'all'
  /** What came as a cursor. */
  readonly after: unknown
}

const invalid = (problem: string, path: string): AppError => wire.INVALID_PAGE({ problem }).at(path)

function modeOf(call: ActionCall, counts: boolean): Paging['mode'] {
  if (!flagParameter('paginate', parameter(call, 'paginate', true), true)) return 'all'
  return flagParameter('count', parameter(call, 'count', true), counts) ? 'counted' : 'uncounted'
}

/** A cursor says where to go on, so nothing else can; and pages behind it are not counted. */
function checkCompany(call: ActionCall, mode: Paging['mode']): void {
  if (parameter(call, 'page', true).value !== undefined) {
    throw invalid('after says where to go on: leave page out', 'page')
  }
  if (mode === 'all') throw invalid('after needs pages: leave paginate out', 'after')
  if (mode === 'counted') throw invalid('after goes on without counting: leave count out', 'after')
}

/** @throws 400 INVALID_PAGE, INVALID_QUERY */
export function pagingOf(call: ActionCall, limits: ResourceLimits, counts: boolean): Paging {
  const page = numberParameter('page', parameter(call, 'page', true), 1, lastPage)
  const pageSize = numberParameter('pageSize', parameter(call, 'pageSize', true), standardPageSize, limits.pageSize)
  const after = parameter(call, 'after', true).value
  const mode = modeOf(call, after === undefined && counts)
  if (after !== undefined) checkCompany(call, mode)
  return { page, pageSize, mode, after }
}
