import type { ReadOperation } from './read-document.js'
import { keyOf, recordsIn, type Replay, type Values } from './replay.js'

/** The part before the action: `/todos:get` → `/todos`. */
export const resourceOf = (path: string): string => path.slice(0, path.lastIndexOf(':'))
const isBelow = ({ path }: ReadOperation): boolean => path.includes('{sourceId}')
const isList = ({ path }: ReadOperation): boolean => path.endsWith(':list')

/** Lists come first, since the others are about what they show. */
const rank = (operation: ReadOperation): number => (isBelow(operation) ? 2 : 0) + (isList(operation) ? 0 : 1)

/** What is computed is not asked for by one parameter that must be there, but by one of two. */
function queryOf({ parameters }: ReadOperation) {
  const measures = parameters.find(({ name }) => name === 'measures')?.content?.['application/json']?.example
  return measures === undefined ? {} : { measures }
}

/** Calls every operation that reads, about records that are there. */
export async function replayReading(replay: Replay): Promise<void> {
  const first = new Map<string, Values>()
  const reading = replay.operations.filter(({ method }) => method === 'GET')
  for (const operation of [...reading].sort((a, b) => rank(a) - rank(b))) {
    const { path, parameters } = operation
    const resource = resourceOf(path)
    const parent = first.get(path.slice(0, path.indexOf('/', 1)))
    const wanted = parameters.find(({ name }) => name === 'filterByTk')
    const key = wanted && keyOf(first.get(resource), wanted['x-field'])
    const given = {
      ...(isBelow(operation) ? { sourceId: keyOf(parent, undefined) ?? '0' } : {}),
      // Where there is no record, asking for one is a 404, and that is in the document too.
      ...(wanted ? { filterByTk: key ?? '0' } : {}),
      ...queryOf(operation),
    }
    const isThere = (!wanted || key !== undefined) && (!isBelow(operation) || parent !== undefined)
    const answer = await replay.call(operation, given, { expected: isThere ? [200] : [200, 404] })
    const [record] = recordsIn(answer?.body)
    if (isList(operation) && answer?.status === 200 && record) first.set(resource, record)
  }
}
