import { factsOf } from '../http/identify.js'
import { parseParams } from '../http/route-parser.js'
import type { MiddlewareOrder } from '../http/middleware-chain.js'
import { createRouter, type Context, type Middleware, type Router } from '../http/router-middleware.js'
import { staticFiles } from '../http/static-files.js'
import type { Scope } from '../kernel/scope.js'
import type { RequestFacts } from '../resources/action.js'
import type { PluginHost } from './plugin-host.js'

/** `ctx.http` of a plugin: middleware, routes and files of its own, and what it may read of their requests. */
export const httpPart = (host: PluginHost, scope: Scope) => ({
  use: (middleware: Middleware, order?: MiddlewareOrder): void => void host.middleware.use(middleware, scope, order),
  body: async (context: Context, limit?: number): Promise<unknown> => {
    const facts = factsOf(context)
    const body = await host.bodies.read(context.req, facts.address, limit)
    // Whoever was identified before must still be who calls.
    if (facts.principal) await host.identify(context)
    return body
  },
  params: ({ querystring }: Context): Readonly<Record<string, unknown>> => parseParams(querystring),
  facts: (context: Context): RequestFacts => factsOf(context),
  static: (path: string, folder: string): void => void host.routers.use(staticFiles(path, folder), scope),
  router: (): Router => {
    const router = createRouter()
    host.routers.route(router, scope)
    return router
  },
})
