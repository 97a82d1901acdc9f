import { parse as parseQuery } from 'qs'
import { AppError } from '../kernel/errors.js'
import { notFound, wire } from '../kernel/wire-errors.js'

export interface Route {
  readonly resource: string
  readonly action: string
  readonly key: string | undefined
  readonly sourceId: string | undefined
  /** The method, or `rest` where method and path together spell the action. */
  readonly verb: string
  /** The methods that the address answers to, when it spells no action with this one. */
  readonly allow?: string
}

/** REST spellings: the same actions by method, for a set of records and for one. */
const onSet: Readonly<Record<string, string>> = { GET: 'list', HEAD: 'list', POST: 'create' }
const onOne: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'destroy',
}

function decode(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch (cause) {
    throw wire.INVALID_QUERY({ problem: 'the address is not valid UTF-8' }, cause)
  }
}

type Target = Pick<Route, 'resource' | 'action' | 'key' | 'verb' | 'allow'>

/** `<resource>:<action>[/<tk>]`, `<resource>[/<tk>]`. */
function target(method: string, name: string, key: string | undefined): Target {
  const colon = name.indexOf(':')
  if (colon !== -1) return { resource: name.slice(0, colon), action: name.slice(colon + 1), key, verb: method }
  const spellings = key === undefined ? onSet : onOne
  const action = Object.hasOwn(spellings, method) ? spellings[method] : undefined
  if (action !== undefined) return { resource: name, action, key, verb: 'rest' }
  return { resource: name, action: '', key, verb: method, allow: Object.keys(spellings).join(', ') }
}

/**
 * Reads the path behind the prefix, e.g. `todos:get/1` or `posts/1/comments`.
 *
 * @throws 404 NOT_FOUND for any other shape, 400 INVALID_QUERY when it is not UTF-8
 */
export function parseRoute(method: string, path: string): Route {
  // A slash at the end means nothing.
  const segments = (path.endsWith('/') ? path.slice(0, -1) : path).split('/').map(decode)
  const [first = '', second, third, fourth] = segments
  if (first === '' || segments.at(-1) === '' || segments.length > 4) throw notFound()
  if (third === undefined) return { ...target(method, first, second), sourceId: undefined }
  if (second === undefined || first.includes(':')) throw notFound()
  const inner = target(method, third, fourth)
  return { ...inner, resource: `${first}.${inner.resource}`, sourceId: second }
}

const noParams: Readonly<Record<string, unknown>> = {}
const unreadable = 'it is nested too deeply or has too many parts'

/** A `%` that begins no escape is one: people type it. Escapes that make no UTF-8 are an error. */
function decodePart(part: string): string {
  const spaced = part.includes('+') ? part.replaceAll('+', ' ') : part
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced.replace(/%(?![0-9a-f]{2})/gi, '%25'))
  } catch (cause) {
    throw wire.INVALID_QUERY({ problem: 'it is not valid UTF-8' }, cause)
  }
}

/** Parses the query string: nested brackets, `a[]=1`, `a=1&a=2`. @throws 400 INVALID_QUERY, INVALID_FILTER */
export function parseParams(search: string): Readonly<Record<string, unknown>> {
  if (search === '') return noParams
  try {
    return parseQuery(search, {
      depth: 32,
      strictDepth: true,
      arrayLimit: 1000,
      parameterLimit: 2000,
      throwOnLimitExceeded: true,
      // Without prototypes `filter[constructor]` is a name like any other, and unknown, instead of being ignored.
      plainObjects: true,
      decoder: decodePart,
    })
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    if (/(?:^|&)filter(?:\[|%5B)/i.test(search)) {
      throw wire.INVALID_FILTER({ problem: unreadable }, cause).at('filter')
    }
    throw wire.INVALID_QUERY({ problem: unreadable }, cause)
  }
}
