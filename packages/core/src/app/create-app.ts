import { Acl } from '../acl/acl.js'
import { Authenticator } from '../auth/authenticator.js'
import { invalidationSchema } from '../auth/credential-cache.js'
import { createJwtSigner } from '../auth/jwt.js'
import { Broadcast } from '../database/broadcast.js'
import { CollectionRegistry } from '../database/collection-registry.js'
import { Connection } from '../database/connection.js'
import { executorOf } from '../database/handle.js'
import { MiddlewareChain } from '../http/middleware-chain.js'
import { systemClock, type Clock } from '../kernel/clock.js'
import { Events, Hooks } from '../kernel/hooks.js'
import type { Logger } from '../kernel/logger.js'
import { Registry } from '../kernel/registry.js'
import type { Plugin } from '../plugins/plugin.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import { Dispatcher } from '../resources/dispatcher.js'
import { ResourceRegistry } from '../resources/resource-registry.js'
import type { ResourceContext } from '../resources/context.js'
import { resolveAppKey } from './app-key.js'
import type { Application } from './application.js'
import type { Config } from './config.js'
import { openDatabase } from './database-source.js'
import { Lifecycle } from './lifecycle.js'
import { createLogger } from './logging.js'

export interface CreateAppOptions {
  readonly config: Config
  readonly log?: Logger
  /** `server` listens and serves; `command` has database and plugins, nothing listens; `bare` loads no plugin. */
  readonly mode: 'server' | 'command' | 'bare'
  /** No plugin is switched on. */
  readonly safe?: boolean
  /** Plugins that are at hand, beside those that are found. */
  readonly plugins?: readonly Plugin[]
  readonly clock?: Clock
  /** Progress lines for a person. */
  readonly onProgress?: (message: string) => void
}

export interface Parts {
  readonly host: PluginHost
  readonly dispatcher: Dispatcher
  readonly context: ResourceContext
  readonly release: () => Promise<void>
}

/**
 * Builds a server and brings it up. The only place that constructs services.
 *
 * @throws CONFIG_*, APP_KEY_REFUSED, EMBEDDED_*, DATABASE_*, SERVER_* with what to do next
 */
export async function createApp(options: CreateAppOptions): Promise<Application> {
  const { config } = options
  const log = options.log ?? (await createLogger({ level: config.LOG_LEVEL, descriptor: 1, pretty: process.stdout.isTTY === true }))
  const lifecycle = new Lifecycle(options, log)
  return lifecycle.start(() => buildParts(options, log))
}

async function buildParts(options: CreateAppOptions, log: Logger): Promise<Parts> {
  const { config, clock = systemClock } = options
  const appKey = await resolveAppKey(config, log)
  const { settings, release } = await openDatabase(config, options.onProgress ?? ((message) => log.info(message)))
  const connection = new Connection({
    settings,
    poolSize: config.DATABASE_POOL,
    quickSize: 2,
    statementTimeout: config.LIMIT_STATEMENT_MS,
    log,
  })
  const broadcast = new Broadcast(connection, log)
  const collections = new CollectionRegistry()
  const acl = new Acl()
  const resources = new ResourceRegistry(collections)
  const authenticator = new Authenticator({ clock, isFresh: () => broadcast.isFresh(), failuresPerMinute: config.LIMIT_FAILED_CREDENTIALS })
  const events = new Events(log)
  const host: PluginHost = {
    connection, broadcast, collections, resources, authenticator, acl, events, clock, log,
    middleware: new MiddlewareChain('middleware'),
    routers: new MiddlewareChain('router'),
    hooks: new Hooks(),
    written: new Hooks(),
    services: new Registry('service'),
    commands: new Registry('command'),
    jwt: createJwtSigner(appKey),
    invalidate: async (what, db) => {
      await executorOf(db).transaction((transaction) => broadcast.announce(transaction, 'credentials', invalidationSchema.parse(what)))
    },
  }
  const limits = { pageSize: config.LIMIT_PAGE_SIZE, unpaged: config.LIMIT_UNPAGED_ROWS, bulk: config.LIMIT_BULK_RECORDS }
  const context: ResourceContext = { executor: connection, collections, hooks: host.hooks, written: host.written, events, clock, limits }
  return { host, context, dispatcher: new Dispatcher(resources, acl, context, log), release }
}

