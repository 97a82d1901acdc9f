import type { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import { filterLimits } from '../database/filter/filter-options.js'
import { parseExactJson, SaidTwice, TooDeep } from '../schema/exact-json.js'
import type { ActionCall } from './action.js'

type Members = Readonly<Record<string, unknown>>
export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export interface Parameter {
  readonly value: unknown
  /** It came from the query string, where everything is text. */
  readonly textual: boolean
}

/** A parameter from the query string or, when a reading action is called with POST, from the body. */
export function parameter(call: Pick<ActionCall, 'params' | 'body'>, name: string, inBody: boolean): Parameter {
  if (inBody && isObject(call.body) && Object.hasOwn(call.body, name)) return { value: call.body[name], textual: false }
  return { value: Object.hasOwn(call.params, name) ? call.params[name] : undefined, textual: true }
}

/** More than any collection has fields. */
const mostNames = 1000
/** Characters of a filter that comes as text; in an address there is no room for as many. */
const longestFilter = 65_536

/** Levels of the text: those of the conditions, and those of the JSON that they compare with. */
const deepestFilter = 64
const tooDeep = `it has more than ${filterLimits.depth} levels`

/** List-like parameters: `a,b`, `x[]=a&x[]=b`, `x=a&x=b`. */
export function listParameter({ value }: Parameter, fault: (problem: string) => AppError): string[] | undefined {
  if (value === undefined) return undefined
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (texts.length > mostNames) throw fault(`it has more than ${mostNames} names`)
  return texts.flatMap((text) => {
    if (typeof text !== 'string') throw fault('it must be a list of names')
    return text === '' ? [] : text.split(',').map((name) => name.trim())
  })
}

export function flagParameter(name: string, { value }: Parameter, standard: boolean): boolean {
  if (value === undefined) return standard
  if (value === true || value === 'true' || value === 'True' || value === '1') return true
  if (value === false || value === 'false' || value === 'False' || value === '0') return false
  throw wire.INVALID_QUERY({ problem: `${name} must be true or false` }).at(name)
}

export function numberParameter(name: string, { value }: Parameter, standard: number, most: number, least = 1): number {
  if (value === undefined) return standard
  const number = typeof value === 'string' && /^\d{1,7}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number
  throw wire.INVALID_PAGE({ problem: `${name} must be a whole number from ${least} to ${most}` }).at(name)
}

/** `filter` is one JSON text, or bracket-nested. */
export function filterParameter({ value, textual }: Parameter): Parameter {
  if (typeof value !== 'string') return { value, textual }
  if (value.length > longestFilter) throw wire.INVALID_FILTER({ problem: 'the text is too long' }).at('filter')
  try {
    return { value: parseExactJson(Buffer.from(value), deepestFilter), textual: false }
  } catch (cause) {
    if (cause instanceof TooDeep) throw wire.INVALID_FILTER({ problem: tooDeep }, cause).at('filter')
    if (cause instanceof SaidTwice)
      throw wire.INVALID_FILTER({ problem: 'an object says a member twice' }, cause).at('filter')
    throw wire.INVALID_FILTER({ problem: 'it is not valid JSON' }, cause).at('filter')
  }
}
