import { parse as parseQuery } from 'qs'
import { notFound, wire } from '../kernel/wire-errors.js'

export interface Route {
  readonly resource: string
  readonly action: string
  readonly key: string | undefined
  readonly sourceId: string | undefined
  /** The method, or `rest` where method and path together spell the action. */
  readonly verb: string
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

function restAction(method: string, spellings: Readonly<Record<string, string>>): string {
  const action = Object.hasOwn(spellings, method) ? spellings[method] : undefined
  if (action !== undefined) return action
  throw wire.METHOD_NOT_ALLOWED({ method }).withHeaders({ Allow: Object.keys(spellings).join(', ') })
}

/** `<resource>:<action>[/<tk>]`, `<resource>[/<tk>]`. */
function target(
  method: string,
  name: string,
  key: string | undefined,
): Pick<Route, 'resource' | 'action' | 'key' | 'verb'> {
  const colon = name.indexOf(':')
  if (colon !== -1) return { resource: name.slice(0, colon), action: name.slice(colon + 1), key, verb: method }
  return { resource: name, action: restAction(method, key === undefined ? onSet : onOne), key, verb: 'rest' }
}

/**
 * Reads the path behind the prefix, e.g. `todos:get/1` or `posts/1/comments`.
 *
 * @throws 404 NOT_FOUND for any other shape, 405 for a method that the shape has no action for
 */
export function parseRoute(method: string, path: string): Route {
  const segments = path.split('/').map(decode)
  const [first = '', second, third, fourth] = segments
  if (first === '' || segments.length > 4) throw notFound()
  if (third === undefined) return { ...target(method, first, second), sourceId: undefined }
  if (second === undefined || first.includes(':')) throw notFound()
  const { resource, action, key, verb } = target(method, third, fourth)
  return { resource: `${first}.${resource}`, action, key, sourceId: second, verb }
}

const noParams: Readonly<Record<string, unknown>> = {}

/** Parses the query string: nested brackets, `a[]=1`, `a=1&a=2`. @throws 400 INVALID_QUERY */
export function parseParams(search: string): Readonly<Record<string, unknown>> {
  if (search === '') return noParams
  try {
    return parseQuery(search, {
      depth: 32,
      strictDepth: true,
      arrayLimit: 1000,
      parameterLimit: 2000,
      throwOnLimitExceeded: true,
      allowPrototypes: false,
    })
  } catch (cause) {
    throw wire.INVALID_QUERY({ problem: 'it is nested too deeply or has too many parts' }, cause)
  }
}
