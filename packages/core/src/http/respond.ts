import type { Context } from 'koa'

/** Sends a JSON answer. HEAD gets the same headers without the body (Koa sees to that). */
export function respond(
  context: Context,
  status: number,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
): void {
  const { res } = context
  context.status = status
  res.setHeader('X-Content-Type-Options', 'nosniff')
  if (headers) for (const name of Object.keys(headers)) res.setHeader(name, headers[name] ?? '')
  if (status === 204) return
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  context.body = JSON.stringify(body)
}
