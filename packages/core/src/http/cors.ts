import type { IncomingMessage, ServerResponse } from 'node:http'
import { credentialHeaders } from '../auth/credential-headers.js'

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const allowedHeaders = [...credentialHeaders, 'content-type', 'x-role', 'x-space', 'x-timezone', 'x-request-id'].join(
  ', ',
)
const exposedHeaders =
  'X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, X-Api-Key-Expires-At, X-Space-Token-Expires-At, ETag'
/** Seconds that a browser may remember a preflight. */
const maxAge = '600'
const headerNames = /^[\w-]+(?:\s*,\s*[\w-]+)*$/

/** Cross-origin calls. There are no cookies, so any origin may call, without credentials, unless origins are named. */
export function createCors(origins: readonly string[]): (request: IncomingMessage, response: ServerResponse) => void {
  const isAny = origins.includes('*')
  return (request, response) => {
    const { origin } = request.headers
    if (origin === undefined) return
    if (!isAny && !origins.includes(origin)) return
    response.setHeader('Access-Control-Allow-Origin', isAny ? '*' : origin)
    response.setHeader('Access-Control-Expose-Headers', exposedHeaders)
  }
}

/** Answers a preflight; it is never authenticated. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  const requested = request.headers['access-control-request-headers']
  const extra = requested !== undefined && headerNames.test(requested) ? `, ${requested}` : ''
  response.setHeader('Allow', `${methods}, OPTIONS`)
  if (response.hasHeader('Access-Control-Allow-Origin')) {
    response.setHeader('Access-Control-Allow-Methods', methods)
    response.setHeader('Access-Control-Allow-Headers', `${allowedHeaders}${extra}`)
    response.setHeader('Access-Control-Max-Age', maxAge)
  }
}
