import type { Context } from 'koa'
import { tooManyBytes } from '../database/call-budget.js'
import { JsonText } from '../resources/action.js'

const jsonType = 'application/json; charset=utf-8'
/** Statuses of answers without a body. */
const bodiless = [204, 304]

/** An answer that nobody need ask about. */
const fewBytes = 65_536

function refuseAbove(maxBytes: number, length: number): void {
  if (length > maxBytes) throw tooManyBytes(maxBytes)
}

const contentOf = (body: unknown): string | Buffer => (body instanceof JsonText ? body.bytes : JSON.stringify(body))

/**
 * Sends a JSON answer. HEAD gets the same headers without the body.
 *
 * @param direct nobody behind this will look at the answer any more (no plugin has middleware): it is written at once,
 *   which spares what Koa does to keep an answer changeable
 * @param maxBytes of an answer that may still be refused
 * @throws 400 RESULT_TOO_LARGE before anything is written
 */
export function respond(
  context: Context,
  status: number,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
  direct = false,
  maxBytes?: () => number,
): void {
  const { res } = context
  const content = bodiless.includes(status) ? '' : contentOf(body)
  const length = Buffer.byteLength(content)
  if (length > fewBytes && maxBytes) refuseAbove(maxBytes(), length)
  res.setHeader('X-Content-Type-Options', 'nosniff')
  if (headers) setHeaders(res, headers)
  if (!direct || bodiless.includes(status)) return respondThroughKoa(context, status, content)
  context.respond = false
  res.statusCode = status
  res.setHeader('Content-Type', jsonType)
  res.setHeader('Content-Length', length)
  res.end(context.req.method === 'HEAD' ? undefined : content)
}

/** An answer may differ by more than all answers do: that is added. */
function setHeaders(res: Context['res'], headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    const before = name === 'Vary' ? res.getHeader(name) : undefined
    res.setHeader(name, typeof before === 'string' ? `${before}, ${value}` : value)
  }
}

function respondThroughKoa(context: Context, status: number, content: string | Buffer): void {
  context.status = status
  if (bodiless.includes(status)) return
  context.res.setHeader('Content-Type', jsonType)
  context.body = content
}
