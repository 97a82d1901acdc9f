import { Acl } from '../acl/acl.js'
import { CallerParts } from '../acl/caller-parts.js'
import { Authenticator } from '../auth/authenticator.js'
import { invalidationSchema } from '../auth/credential-cache.js'
import { CredentialGate } from '../auth/gate.js'
import { createJwtSigner } from '../auth/jwt.js'
import { CredentialObservers } from '../auth/observers.js'
import { RateLimits } from '../auth/rate-limit/rate-limits.js'
import { Broadcast } from '../database/broadcast.js'
import { CollectionRegistry } from '../database/collection-registry.js'
import { Connection } from '../database/connection.js'
import { executorOf } from '../database/handle.js'
import { createBodyReader } from '../http/body.js'
import { createIdentify } from '../http/identify.js'
import { MiddlewareChain } from '../http/middleware-chain.js'
import { systemClock, type Clock } from '../kernel/clock.js'
import { Events, Hooks } from '../kernel/hooks.js'
import { silentLogger, type Logger } from '../kernel/logger.js'
import { OwnedList } from '../kernel/owned-list.js'
import { Registry } from '../kernel/registry.js'
import { SealedText } from '../kernel/sealed-text.js'
import { JobScheduler } from '../plugins/job-scheduler.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import { Dispatcher } from '../resources/dispatcher.js'
import { ResourceRegistry } from '../resources/resource-registry.js'
import type { ResourceContext } from '../resources/context.js'
import { resolveAppKeys, type AppKeys } from './app-key.js'
import type { Application } from './application.js'
import type { Config } from './config.js'
import { documentSettings } from './document-settings.js'
import type { CreateAppOptions, Parts } from './parts.js'
import { openDatabase } from './database-source.js'
import { httpSettings } from './http-config.js'
import { Lifecycle } from './lifecycle.js'
import { createLogger } from './logging.js'

/**
 * Builds a server and brings it up. The only place that constructs services.
 *
 * @throws CONFIG_*, APP_KEY_REFUSED, EMBEDDED_*, DATABASE_*, SERVER_* with what to do next
 */
export async function createApp(options: CreateAppOptions): Promise<Application> {
  const { config } = options
  const log =
    options.log ??
    (await createLogger({ level: config.LOG_LEVEL, descriptor: 1, pretty: process.stdout.isTTY === true }))
  const lifecycle = new Lifecycle(options, log)
  return lifecycle.start(() => buildParts(options, log))
}

async function buildParts(options: CreateAppOptions, log: Logger): Promise<Parts> {
  const { config, clock = systemClock } = options
  // Commands sign nothing that outlives them: what is to be said about the key is said by the server.
  const appKeys = await resolveAppKeys(config, options.mode === 'server' ? log : silentLogger)
  const { settings, release } = await openDatabase(config, options.onProgress ?? ((message) => log.info(message)))
  const statementTimeout = config.LIMIT_STATEMENT_MS
  const connection = new Connection({ settings, poolSize: config.DATABASE_POOL, quickSize: 2, statementTimeout, log })
  const host = buildHost({
    ...{ connection, config, appKeys, clock, log },
    call: (resource, action, { request: facts, params = {}, ...call }) =>
      dispatcher.dispatch({ resource, action, verb: 'POST', params, facts, ...call }),
  })
  const limits = {
    pageSize: config.LIMIT_PAGE_SIZE,
    unpaged: config.LIMIT_UNPAGED_ROWS,
    bulk: config.LIMIT_BULK_RECORDS,
  }
  const { collections, hooks, written, events, resources, acl } = host
  const seal = new SealedText('cursor', ...appKeys)
  const context: ResourceContext = { executor: connection, collections, hooks, written, events, clock, limits, seal }
  const dispatcher = new Dispatcher(resources, { acl, parts: host.parts }, context, log)
  return { host, context, dispatcher, release }
}

interface HostInput {
  readonly connection: Connection
  readonly config: Config
  readonly appKeys: AppKeys
  readonly clock: Clock
  readonly log: Logger
  readonly call: PluginHost['call']
}

/** The registries and services that everything registers with. */
function buildHost({ connection, config, appKeys, clock, log, call }: HostInput): PluginHost {
  const broadcast = new Broadcast(connection, log)
  const collections = new CollectionRegistry()
  const failuresPerMinute = config.LIMIT_FAILED_CREDENTIALS
  const limits = new RateLimits()
  const isFresh = (): boolean => broadcast.isFresh()
  const authenticator = new Authenticator({ clock, isFresh, failuresPerMinute, failures: limits.guarded })
  return {
    connection,
    ...{ broadcast, collections, clock, log },
    resources: new ResourceRegistry(collections),
    authenticator,
    limits,
    observers: new CredentialObservers(log),
    identify: createIdentify(authenticator, new CredentialGate(clock, limits)),
    acl: new Acl((resource) => collections.isClosed(resource)),
    parts: new CallerParts(collections.options),
    call,
    readBody: createBodyReader(httpSettings(config)),
    events: new Events(log),
    middleware: new MiddlewareChain('middleware'),
    routers: new MiddlewareChain('router'),
    hooks: new Hooks(),
    written: new Hooks(),
    services: new Registry('service'),
    jobs: new JobScheduler({ connection, clock, log, nodeId: broadcast.nodeId }),
    openapi: new OwnedList('document extension'),
    documentedHeaders: new OwnedList('documented header'),
    document: documentSettings(config),
    builtins: new Set(),
    commands: new Registry('command'),
    jwt: createJwtSigner(...appKeys),
    invalidate: async (what, db) => {
      const message = invalidationSchema.parse(what)
      await executorOf(db).transaction((transaction) => broadcast.announce(transaction, 'credentials', message))
    },
  }
}
