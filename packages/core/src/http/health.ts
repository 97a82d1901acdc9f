import Router from '@koa/router'
import type { Middleware } from 'koa'
import { respond } from './respond.js'
import type { Phase } from './koa-app.js'
import { routesOf } from './router-middleware.js'

export interface PluginHealth {
  readonly name: string
  readonly state: string
}

export interface HealthSources {
  readonly phase: Phase
  readonly plugins: () => readonly PluginHealth[]
  readonly isDatabaseReachable: () => Promise<boolean>
}

/** `/healthz`: the process serves. `/readyz`: send it requests. */
export function createHealth({ phase, plugins, isDatabaseReachable }: HealthSources): Middleware {
  const router = new Router()
  // Anybody may ask: states are named, what went wrong is not. `plugins:list` tells those who may know.
  const states = () => plugins().map(({ name, state }) => ({ name, state }))
  router.get('/healthz', (context) => respond(context, 200, { status: 'ok', phase: phase.current, plugins: states() }))
  router.get('/readyz', async (context) => {
    const database = phase.current === 'starting' ? false : await isDatabaseReachable()
    const ready = phase.current === 'ready' && database
    respond(context, ready ? 200 : 503, { ready, phase: phase.current, database }, ready ? {} : { 'Retry-After': '1' })
  })
  const routes = routesOf(router)
  // The router would match every request against its patterns; two names need no pattern.
  return async (context, next): Promise<void> =>
    void (await (context.path === '/healthz' || context.path === '/readyz' ? routes(context, next) : next()))
}
