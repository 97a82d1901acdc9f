import { factsOf } from '../http/identify.js'
import { parseParams } from '../http/route-parser.js'
import { createRouter } from '../http/router-middleware.js'
import { staticFiles } from '../http/static-files.js'
import type { Scope } from '../kernel/scope.js'
import type { PluginContext } from './plugin-context.js'
import type { PluginHost } from './plugin-host.js'

/** `ctx.http` of a plugin: middleware, routes and files of its own, and what it may read of their requests. */
export const httpPart = (host: PluginHost, scope: Scope): PluginContext<object, object>['http'] => ({
  use: (middleware, order) => void host.middleware.use(middleware, scope, order),
  body: async (context, limit) => {
    const facts = factsOf(context)
    const body = await host.bodies.read(context.req, facts.address, limit)
    // Whoever was identified before must still be who calls.
    if (facts.principal) await host.identify(context)
    return body
  },
  params: ({ querystring }) => parseParams(querystring),
  facts: factsOf,
  static: (path, folder) => void host.routers.use(staticFiles(path, folder), scope),
  router: () => {
    const router = createRouter()
    host.routers.route(router, scope)
    return router
  },
})
