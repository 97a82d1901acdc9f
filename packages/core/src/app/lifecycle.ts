import type { AddressInfo } from 'node:net'
import { collectionsChannel } from '../builtin/collection-support.js'
import { loadGrants } from '../builtin/roles-plugin.js'
import { invalidationSchema } from '../auth/credential-cache.js'
import { runtimeOwner } from '../database/collection-registry.js'
import { migrateCore } from '../database/core-migrations.js'
import { createHandle } from '../database/handle.js'
import { RuntimeCollections } from '../database/runtime-collections.js'
import { HttpServer } from '../http/server.js'
import { createKoaApp, type Phase } from '../http/koa-app.js'
import { createHealth } from '../http/health.js'
import type { Logger } from '../kernel/logger.js'
import { Scope } from '../kernel/scope.js'
import { serviceOf } from '../kernel/token.js'
import { discoverPlugins, givenPlugin } from '../plugins/plugin-loader.js'
import { PluginCatalogue } from '../plugins/plugin-catalogue.js'
import { PluginManager } from '../plugins/plugin-manager.js'
import type { RunningPlugin } from '../plugins/running-plugin.js'
import type { Application } from './application.js'
import { builtinPlugins, startBuiltins } from './builtins.js'
import { callAction } from './call.js'
import { connectDatabase, explainAway } from './connect-database.js'
import { coreVersion } from './core-version.js'
import type { CreateAppOptions, Parts } from './parts.js'
import { enableFirstPlugins, ensureRoot, type FirstRun } from './first-run.js'
import { httpSettings } from './http-config.js'
import { openLimits } from './open-limits.js'
import { allMigrations } from './migrations.js'

/** Milliseconds. */
const databasePatience = 30_000
/** Of requests over HTTP, then of whatever else still runs, such as jobs. */
const drainLimit = 10_000
const never = new AbortController().signal

/** Brings the parts up in order, and down in the reverse order. */
export class Lifecycle {
  readonly #phase: Phase = { current: 'starting' }
  readonly #scope = new Scope(runtimeOwner)
  readonly #builtins: RunningPlugin[] = []
  /** What was started, and how to stop it: last in, first out. */
  readonly #undo: (() => Promise<unknown>)[] = []
  #manager: PluginManager | undefined
  #address: AddressInfo | undefined
  #server: HttpServer | undefined
  #migrated: readonly string[] = []
  #firstRun: FirstRun | undefined
  #stopping: Promise<boolean> | undefined
  #callLimit = drainLimit

  constructor(
    private readonly options: CreateAppOptions,
    private readonly log: Logger,
  ) {}

  async start(build: () => Promise<Parts>): Promise<Application> {
    const { mode, signal = never } = this.options
    try {
      const parts = await build()
      this.#undo.push(parts.release, () => parts.host.connection.close())
      signal.throwIfAborted()
      const manager = this.#makeManager(parts)
      if (mode === 'server') await this.#listen(parts)
      const patience = { limit: mode === 'server' ? databasePatience : 0, signal }
      await connectDatabase(parts.host.connection, patience, this.log)
      if (mode !== 'inspect') await this.#open(parts, manager, signal)
      signal.throwIfAborted()
      this.#phase.current = 'ready'
      parts.host.jobs.isRunning = mode === 'server'
      return this.#handle(parts, manager)
    } catch (error) {
      this.#callLimit = 0
      await this.#tearDown()
      throw explainAway(error)
    }
  }

  #makeManager({ host }: Parts): PluginManager {
    const { config, plugins = [] } = this.options
    const given = plugins.map(givenPlugin)
    const names = new Set(given.map(({ name }) => name))
    const catalogue = new PluginCatalogue(async () => {
      const found = await discoverPlugins(config.root, config.PLUGIN_FOLDERS)
      return [...given, ...found.filter(({ name }) => !names.has(name))]
    })
    this.#manager = new PluginManager(host, catalogue, coreVersion)
    return this.#manager
  }

  async #listen({ host, dispatcher }: Parts): Promise<void> {
    const settings = httpSettings(this.options.config)
    const health = createHealth({
      phase: this.#phase,
      plugins: () => this.#manager?.health() ?? [],
      isDatabaseReachable: () => host.connection.isReachable(),
    })
    const { authenticator, identify, observers, middleware, routers, log } = host
    const app = createKoaApp({
      settings,
      identify,
      credentialHeaders: () => authenticator.headers,
      observers,
      dispatcher,
      middleware,
      routers,
      health,
      phase: this.#phase,
      log,
    })
    this.#server = new HttpServer(app, settings)
    this.#address = await this.#server.listen(this.options.config.APP_PORT, this.options.config.APP_HOST)
    this.#undo.push(() => this.#drain())
  }

  async #open(parts: Parts, manager: PluginManager, signal: AbortSignal): Promise<void> {
    const { host } = parts
    const { config, mode, safe = false, onProgress } = this.options
    this.#migrated = await migrateCore(host.connection)
    if (this.#migrated.length > 0) onProgress?.(`Migrated the database: ${this.#migrated.join(', ')}`)
    this.#follow(parts, manager)
    await host.broadcast.start({ member: mode === 'server' })
    this.#undo.push(() => host.broadcast.stop())
    if (mode === 'server') this.#undo.push(await openLimits(host, config))
    this.#undo.push(() => this.#stopPlugins(manager))
    await startBuiltins(
      builtinPlugins(parts, () => manager, config),
      parts,
      this.#builtins,
    )
    host.acl.setStored(await loadGrants(host.connection))
    await this.#runtime?.reload()
    if (mode === 'server') this.#firstRun = await ensureRoot(parts, config)
    if (mode === 'bare' || safe) return
    signal.throwIfAborted()
    await manager.boot()
    if (mode === 'server') await enableFirstPlugins(manager, config)
  }

  #runtime: RuntimeCollections | undefined

  /** What other nodes and commands change is taken over here. */
  #follow({ host }: Parts, manager: PluginManager): void {
    const { broadcast, authenticator, acl, connection, collections } = host
    const runtime = new RuntimeCollections(connection, collections, this.#scope)
    this.#runtime = runtime
    this.#scope.active = true
    broadcast.on('credentials', this.#scope, {
      receive: (data) => authenticator.cache.invalidate(invalidationSchema.parse(data)),
      resync: () => authenticator.cache.invalidate({ all: true }),
    })
    const reloadGrants = async (): Promise<void> => acl.setStored(await loadGrants(connection))
    broadcast.on('grants', this.#scope, { receive: reloadGrants, resync: reloadGrants })
    const reloadCollections = (): Promise<void> => runtime.reload()
    broadcast.on(collectionsChannel, this.#scope, { receive: reloadCollections, resync: reloadCollections })
    if (this.options.mode === 'server' && this.options.safe !== true) manager.follow(this.#scope)
  }

  #handle(parts: Parts, manager: PluginManager): Application {
    const { host, dispatcher } = parts
    const { connection, collections, clock } = host
    return {
      config: this.options.config,
      log: this.log,
      connection,
      db: createHandle({ executor: connection, collections, clock, author: null }),
      plugins: manager,
      commands: host.commands,
      host,
      service: (token) => serviceOf(host.services, token),
      call: (resource, action, input) => callAction(dispatcher, resource, action, input),
      migrated: this.#migrated,
      migrations: async () => {
        const own = builtinPlugins(parts, () => manager, this.options.config)
        return allMigrations(connection, [...own, ...(await manager.definitions())])
      },
      address: this.#address,
      firstRun: this.#firstRun,
      stop: () => (this.#stopping ??= this.#stop()),
    }
  }

  async #stop(): Promise<boolean> {
    this.#phase.current = 'draining'
    // Connections that stand already are accepted in the next turn; closed before, their requests would be lost.
    await new Promise((resolve) => setImmediate(resolve))
    const drained = await this.#drain()
    // What could not finish in the time it had does not get it twice.
    if (!drained) this.#callLimit = 0
    await this.#tearDown()
    return drained
  }

  async #drain(): Promise<boolean> {
    const server = this.#server
    this.#server = undefined
    return server ? server.drain(drainLimit) : true
  }

  async #stopPlugins(manager: PluginManager): Promise<void> {
    await manager.stopAll(this.#callLimit)
    for (const builtin of this.#builtins.reverse()) await builtin.stop(this.#callLimit)
  }

  /** One failure does not keep the rest from being stopped. */
  async #tearDown(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) {
      await undo().catch((error: unknown) => this.log.error({ err: error }, 'Something did not stop cleanly'))
    }
    await this.#scope
      .close()
      .catch((error: unknown) => this.log.error({ err: error }, 'Something did not stop cleanly'))
  }
}
