import type { Context } from 'koa'
import { JsonText } from '../resources/action.js'
import { writeExactJson } from '../schema/exact-number.js'

const jsonType = 'application/json; charset=utf-8'
/** Statuses of answers without a body. */
const bodiless = [204, 304]

const contentOf = (body: unknown): string | Buffer => (body instanceof JsonText ? body.bytes : writeExactJson(body))

/**
 * Sends a JSON answer. HEAD gets the same headers without the body.
 *
 * @param direct nobody behind this will look at the answer any more (no plugin has middleware): it is written at once,
 *   which spares what Koa does to keep an answer changeable
 */
export function respond(
  context: Context,
  status: number,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
  direct = false,
): void {
  const { res } = context
  res.setHeader('X-Content-Type-Options', 'nosniff')
  if (headers) setHeaders(res, headers)
  if (!direct || bodiless.includes(status)) return respondThroughKoa(context, status, body)
  const content = contentOf(body)
  context.respond = false
  res.statusCode = status
  res.setHeader('Content-Type', jsonType)
  res.setHeader('Content-Length', Buffer.byteLength(content))
  res.end(context.req.method === 'HEAD' ? undefined : content)
}

/** An answer may differ by more than all answers do: that is added. */
function setHeaders(res: Context['res'], headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    const before = name === 'Vary' ? res.getHeader(name) : undefined
    res.setHeader(name, typeof before === 'string' ? `${before}, ${value}` : value)
  }
}

function respondThroughKoa(context: Context, status: number, body: unknown): void {
  context.status = status
  if (bodiless.includes(status)) return
  context.res.setHeader('Content-Type', jsonType)
  context.body = contentOf(body)
}
