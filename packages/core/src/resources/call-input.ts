import type { Action } from './action.js'
import { inputFromQuery, parseInput } from './input.js'

interface Asked {
  readonly verb: string
  readonly key?: string | undefined
  readonly params: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

/** The tk of the path, or the only one of `filterByTk`. */
export function keyOf({ key, params }: Asked): string | undefined {
  if (key !== undefined) return key
  const { filterByTk: given } = params
  const filterByTk: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given
  return typeof filterByTk === 'string' || typeof filterByTk === 'number' ? String(filterByTk) : undefined
}

/** What a call gives an action that declares its input. @throws 400 */
export function inputOf(action: Action, { verb, params, body }: Asked): unknown {
  if (!action.input) return undefined
  const fromBody = verb === 'POST' || verb === 'rest'
  if (fromBody && body !== undefined) return parseInput(action.input, body)
  const isQuery = action.reads === true || Object.keys(params).length > 0
  return parseInput(action.input, isQuery ? inputFromQuery(action.input, params) : {})
}
