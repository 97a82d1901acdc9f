import Router from '@koa/router'
import type { Context, Middleware } from 'koa'

export type { Context, Middleware, Router }

export const createRouter = (): Router => new Router()

/** The routes of a router as a plain middleware. */
export function routesOf(router: Router): Middleware {
  const routes: unknown = router.routes()
  if (!isMiddleware(routes)) throw new Error('@koa/router gives its routes as a middleware')
  return routes
}

const isMiddleware = (value: unknown): value is Middleware => typeof value === 'function'
