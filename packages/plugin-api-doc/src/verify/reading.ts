import type { ReadOperation } from './read-document.js'
import { isObject, keyOf, recordsIn, type Replay, type Values } from './replay.js'

/** The part before the action: `/todos:get` → `/todos`. */
export const resourceOf = (path: string): string => path.slice(0, path.lastIndexOf(':'))
const isBelow = ({ path }: ReadOperation): boolean => path.includes('{sourceId}')
const isList = ({ path }: ReadOperation): boolean => path.endsWith(':list')

/** Lists come first, since the others are about what they show. */
const rank = (operation: ReadOperation): number =>
  (isBelow(operation) ? 4 : 0) + (isList(operation) ? 0 : 2) + (operation.method === 'GET' ? 0 : 1)

/** What is computed is not asked for by one parameter that must be there, but by one of two. */
function queryOf({ parameters }: ReadOperation) {
  const measures = parameters.find(({ name }) => name === 'measures')?.example
  return measures === undefined ? {} : { measures }
}

/** The same call with POST has its parameters in the body. */
function bodyOf(operation: ReadOperation, key: string | undefined): Values | undefined {
  const { schema, example } = operation.body?.content['application/json'] ?? {}
  const properties = isObject(schema?.['properties']) ? schema['properties'] : {}
  const wanted = key !== undefined && properties['filterByTk'] !== undefined ? { filterByTk: key } : {}
  return schema && { ...(isObject(example) ? example : {}), ...wanted }
}

/** The parameter that says which record: with POST it may be in the body, and is what it is with GET. */
const keyParameterOf = (replay: Replay, { path }: ReadOperation) =>
  replay.operations
    .filter((one) => one.path === path)
    .flatMap(({ parameters }) => parameters)
    .find(({ name }) => name === 'filterByTk')

/** Calls every operation that reads, about records that are there. */
export async function replayReading(replay: Replay): Promise<void> {
  const first = new Map<string, Values>()
  const reading = replay.operations.filter(({ reads }) => reads)
  for (const operation of [...reading].sort((a, b) => rank(a) - rank(b))) {
    const { path } = operation
    const resource = resourceOf(path)
    const parent = first.get(path.slice(0, path.indexOf('/', 1)))
    const wanted = keyParameterOf(replay, operation)
    const key = wanted && keyOf(first.get(resource), wanted['x-field'])
    const given = {
      ...(isBelow(operation) ? { sourceId: keyOf(parent, undefined) ?? '0' } : {}),
      // Where there is no record, asking for one is a 404, and that is in the document too.
      ...(wanted ? { filterByTk: key ?? '0' } : {}),
      ...queryOf(operation),
    }
    const isThere = (!wanted || key !== undefined) && (!isBelow(operation) || parent !== undefined)
    const body = operation.method === 'POST' ? bodyOf(operation, wanted && (key ?? '0')) : undefined
    const answer = await replay.call(operation, given, { body, expected: isThere ? [200] : [200, 404] })
    const [record] = recordsIn(answer?.body)
    if (isList(operation) && answer?.status === 200 && record) first.set(resource, record)
  }
}
