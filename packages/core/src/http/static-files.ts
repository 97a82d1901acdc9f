import type { Context } from 'koa'
import { wire } from '../kernel/wire-errors.js'
import type { Middleware } from './router-middleware.js'

/**
 * Serves a folder below a path: GET and HEAD, `index.html` for folders, right types, nothing outside of it. Whatever
 * is not there is 404.
 */
export function staticFiles(path: string, folder: string): Middleware {
  const base = path.replace(/\/+$/, '')
  return async (context, next) => {
    const { method, path: requested } = context
    const isBelow = requested === base || requested.startsWith(`${base}/`)
    if (!isBelow || (method !== 'GET' && method !== 'HEAD')) return void (await next())
    context.set('X-Content-Type-Options', 'nosniff')
    // Files are for everybody.
    context.set('Cache-Control', 'max-age=0')
    if (!(await isSent(context, requested.slice(base.length) || '/', folder))) throw wire.NOT_FOUND({ hint: '' })
  }
}

/** Whether a file is missing, hidden or outside is nobody's business. */
async function isSent(context: Context, file: string, folder: string): Promise<boolean> {
  const { send } = await import('@koa/send')
  const sent = send(context, file, { root: folder, index: 'index.html', hidden: false })
  return (await sent.catch(() => undefined)) !== undefined
}
