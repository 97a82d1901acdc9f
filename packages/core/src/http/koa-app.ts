import { randomUUID } from 'node:crypto'
import Koa, { type Context, type Middleware, type Next } from 'koa'
import type { CredentialObservers } from '../auth/observers.js'
import { wire } from '../kernel/wire-errors.js'
import type { Logger } from '../kernel/logger.js'
import type { Reply } from '../resources/action.js'
import type { Dispatcher } from '../resources/dispatcher.js'
import { hasBody, readBody } from './body.js'
import { HttpClient } from './http-client.js'
import { createClientAddress } from './client-address.js'
import { answerPreflight, createCors } from './cors.js'
import { errorResponse } from './error-response.js'
import { mostHeaders, type HttpSettings } from './http-settings.js'
import { factsOf, type Identify } from './identify.js'
import type { MiddlewareChain } from './middleware-chain.js'
import { noteRefusal, noteUse } from './note-use.js'
import { HttpRequestFacts } from './request-facts.js'
import { createVary } from './vary.js'
import { parseParams, parseRoute } from './route-parser.js'
import { respond } from './respond.js'
import { WaitingAnswers } from './waiting-answers.js'

/** Where the server is in its life: the API answers only when `ready`, and on open connections while `draining`. */
export interface Phase {
  current: 'starting' | 'ready' | 'draining'
}

export interface HttpContext {
  readonly settings: HttpSettings
  readonly identify: Identify
  /** Every header that can carry a credential. The same list until it changes. */
  readonly credentialHeaders: () => readonly string[]
  readonly observers: CredentialObservers
  readonly dispatcher: Dispatcher
  readonly middleware: MiddlewareChain
  readonly routers: MiddlewareChain
  readonly health: Middleware
  readonly phase: Phase
  readonly log: Logger
}

/** So many answers of the greatest size may wait for clients that do not read. */
const waitingAnswers = 4

/** For whom an answer is kept until it has been read. */
const ownerOf = ({ principal, address }: HttpRequestFacts): string =>
  principal?.userId === undefined || principal.userId === null ? address : `user ${principal.userId}`

/** Builds the Koa application. Its list of middleware is fixed; what changes are the registries that it reads. */
export function createKoaApp(http: HttpContext): Koa {
  const app = new Koa()
  // Every throw is answered by `guard`; what reaches this are faults of sockets.
  app.on('error', (error: unknown) => http.log.debug({ err: error }, 'A response could not be sent'))
  app.use(guard(http))
  app.use(http.health)
  app.use((context, next) => (http.middleware.isEmpty ? next() : http.middleware.run(context, next)))
  app.use(api(http))
  app.use((context, next) => (http.routers.isEmpty ? next() : http.routers.run(context, next)))
  app.use(() => {
    throw wire.NOT_FOUND({ hint: '' })
  })
  return app
}

function checkSize({ req }: Context, { urlLimit }: HttpSettings): void {
  if (req.headers.host === undefined && req.httpVersion !== '1.0') {
    throw wire.INVALID_QUERY({ problem: 'the request is not valid HTTP' }).withHeaders({ Connection: 'close' })
  }
  if ((req.url?.length ?? 0) > urlLimit) throw wire.URI_TOO_LONG({ limit: urlLimit })
  if (req.rawHeaders.length > mostHeaders * 2) {
    throw wire.HEADERS_TOO_LARGE({ limit: mostHeaders }).withHeaders({ Connection: 'close' })
  }
}

/** Request id, limits, CORS; and every error of the rooms behind it becomes an answer here. */
function guard({ settings, phase, middleware, log, observers, credentialHeaders }: HttpContext): Middleware {
  const vary = createVary(credentialHeaders)
  const cors = createCors(settings.corsOrigin)
  const waiting = new WaitingAnswers(waitingAnswers * settings.answerLimit)
  const addressOf = createClientAddress(settings.trustedProxies)
  return async (context, next) => {
    const { req, res } = context
    const facts = new HttpRequestFacts(randomUUID(), req, addressOf)
    context.state['facts'] = facts
    res.setHeader('X-Request-Id', facts.id)
    // What is for everybody says so itself.
    res.setHeader('Cache-Control', 'private, no-store')
    res.setHeader('Vary', vary())
    if (phase.current === 'draining') res.setHeader('Connection', 'close')
    try {
      cors(req, res)
      checkSize(context, settings)
      if (req.method === 'OPTIONS') {
        answerPreflight(req, res)
        context.status = 204
        return
      }
      await next()
    } catch (error) {
      await noteRefusal(observers, facts, error)
      const { status, headers, body } = errorResponse(error, facts.id, log)
      respond(context, status, body, headers, middleware.isEmpty)
    }
    if (context.respond === false) waiting.add(res, ownerOf(facts))
    else setImmediate(() => waiting.add(res, ownerOf(facts)))
    noteUse(observers, facts, context.status)
    log.debug({ requestId: facts.id, method: req.method, path: context.path, status: context.status }, 'request')
  }
}

/** Rooms 2 to 8 for everything below the prefix. */
function api({ settings, identify, dispatcher, middleware, phase }: HttpContext): Middleware {
  const start = `${settings.prefix}/`
  return async (context, next: Next): Promise<void> => {
    const { req } = context
    const url = originForm(req.url ?? '')
    if (!url.startsWith(start)) return void (await next())
    if (phase.current === 'starting') throw wire.UNAVAILABLE().withHeaders({ 'Retry-After': '1' })
    const mark = url.indexOf('?')
    const principal = await identify(context)
    const route = parseRoute(req.method ?? 'GET', mark === -1 ? url.slice(start.length) : url.slice(start.length, mark))
    const params = parseParams(mark === -1 ? '' : url.slice(mark + 1))
    checkTk(route.key, params)
    const bodied = hasBody(req)
      ? { readBody: () => readBody(req, settings), identify: () => identify(context) }
      : undefined
    const reply: Reply = await dispatcher.dispatch({
      ...{ ...route, ...bodied, params, principal },
      facts: factsOf(context),
      client: new HttpClient(context.res),
    })
    const maxBytes = (): number =>
      dispatcher.isReading(route.resource, route.action) ? settings.answerLimit : Infinity
    respond(context, reply.status, reply.body, reply.headers, middleware.isEmpty, maxBytes)
  }
}

/** Proxies may ask for a whole `http://host/path`; what it says of the host counts for nothing here. */
const originForm = (url: string): string => (url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, ''))

/** A tk in the path and another one in the query contradict each other. */
function checkTk(key: string | undefined, { filterByTk }: Readonly<Record<string, unknown>>): void {
  if (key === undefined || filterByTk === undefined || filterByTk === key) return
  throw wire.INVALID_QUERY({ problem: 'the key in the path and filterByTk differ' }).at('filterByTk')
}
