import type { NodeOutcome } from '../database/broadcast.js'
import { takeLock } from '../database/advisory-lock.js'
import type { Transaction } from '../database/executor.js'
import type { Scope } from '../kernel/scope.js'
import { LocalPlugins } from './local-plugins.js'
import { pluginErrors, reasonOf } from './plugin-errors.js'
import type { PluginHost } from './plugin-host.js'
import type { PluginCatalogue } from './plugin-catalogue.js'
import type { DiscoveredPlugin } from './plugin-loader.js'
import type { NodeState, PluginInfo, PluginState, ToggleResult } from './plugin-state.js'
import { PluginStore, type PluginRow } from './plugin-store.js'
import type { Plugin } from './plugin.js'
import { dependentsOf, requirementsOf } from './requirements.js'
import { migratePlugin, RunningPlugin, setupError } from './running-plugin.js'

const channel = 'plugins'
/** Milliseconds: how long a toggle waits for the other nodes. */
const patience = 10_000
type Options = Readonly<Record<string, unknown>>

/** Switches plugins on and off, on this node and, through the database, on every other. */
export class PluginManager {
  readonly #store: PluginStore
  readonly #local: LocalPlugins
  #queue: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly host: PluginHost,
    readonly catalogue: PluginCatalogue,
    coreVersion: string,
  ) {
    this.#store = new PluginStore(host.connection)
    this.#local = new LocalPlugins(host, this.#store, coreVersion)
  }

  /** Follows the toggles of other nodes. */
  follow(scope: Scope): void {
    this.host.broadcast.on(channel, scope, {
      receive: (data) => this.#serially(() => this.#local.reconcile(String(data), this.catalogue.load)),
      resync: () => this.#serially(() => this.#reconcileAll()),
    })
  }

  /** Switches on what the database says. */
  async boot(): Promise<void> {
    const rows = await this.#store.all()
    await this.#local.boot(
      rows.filter(({ enabled }) => enabled),
      this.catalogue.load,
    )
  }

  /** Switches a plugin on: all of it, or nothing. Waits for the other nodes. @throws PLUGIN_*, REGISTRY_DUPLICATE, LOCK_BUSY */
  enable(name: string, by: string, options?: Options): Promise<ToggleResult> {
    return this.#serially(async () => {
      const discovered = await this.catalogue.find(name)
      try {
        return await this.#enable(discovered, by, options)
      } catch (thrown) {
        const error = setupError(name, thrown)
        this.host.log.error({ err: thrown, plugin: name }, error.message)
        await this.#noteFailure(discovered, by, reasonOf(thrown))
        throw error
      }
    })
  }

  async #enable(discovered: DiscoveredPlugin, by: string, options?: Options): Promise<ToggleResult> {
    const { name } = discovered
    const isOn = (await this.#store.find(name))?.enabled === true
    if (isOn && options === undefined && this.#local.failureOf(name) === undefined) {
      return { plugin: name, state: 'enabled', changed: false, nodes: [] }
    }
    const plugin = await discovered.load()
    this.#local.check(plugin)
    const wasRunning = this.#local.running.has(name)
    let running: RunningPlugin | undefined
    try {
      const { outcomes, ms } = await this.host.connection.transaction(async (transaction) => {
        await takeLock(transaction, 'plugins')
        const row = await this.#prepare(plugin, transaction, options)
        if (wasRunning) await this.#local.stop(name)
        const started = performance.now()
        const made = (running = await RunningPlugin.setUp(plugin, this.host, row.options, transaction))
        await this.#store.record({ plugin: name, action: 'enable', by, result: 'done', error: null }, transaction)
        return this.#announce(transaction, name, started, () => this.#local.show(made))
      })
      return { plugin: name, state: 'enabled', changed: true, nodes: this.#nodes(outcomes, ms(), 'enabled') }
    } catch (error) {
      await running?.stop()
      // New options were refused: the plugin goes on with those that it had.
      if (wasRunning) await this.#local.reconcile(name, this.catalogue.load).catch(() => undefined)
      throw error
    }
  }

  /** Tables, migrations and the plugin's row, in the enabling transaction. */
  async #prepare(plugin: Plugin, transaction: Transaction, options?: Options): Promise<PluginRow> {
    const { name, version } = plugin
    const row = await this.#store.find(name, transaction)
    await migratePlugin(plugin, this.host, transaction, row?.installed === true)
    const saved: PluginRow = {
      name,
      enabled: true,
      installed: true,
      version,
      options: { ...(options ?? row?.options) },
      error: null,
    }
    await this.#store.save(saved, transaction)
    return saved
  }

  /** In force here as soon as it is committed, then on the other nodes. */
  async #announce(transaction: Transaction, name: string, started: number, apply: () => void | Promise<void>) {
    let took = 0
    transaction.afterCommit(async () => {
      await apply()
      took = performance.now() - started
    })
    const { outcomes } = await this.host.broadcast.announce(transaction, channel, name, { patience, toSelf: false })
    return { outcomes, ms: () => Math.round(took) }
  }

  #nodes(outcomes: readonly NodeOutcome[], ms: number, state: PluginState): readonly NodeState[] {
    const others = outcomes.map((outcome) => ({
      ...outcome,
      state: outcome.state === 'applied' ? state : outcome.state,
    }))
    // A command is no node: it only set the change off.
    return this.host.broadcast.isMember
      ? [{ node: this.host.broadcast.nodeId, state, error: null, ms }, ...others]
      : others
  }

  async #noteFailure({ name, version }: DiscoveredPlugin, by: string, error: string): Promise<void> {
    // A plugin that is on and refuses new options stays as it was.
    if (this.#local.running.has(name)) return
    try {
      const row = await this.#store.find(name)
      const { installed = false, options = {} } = row ?? {}
      await this.host.connection.transaction(async (transaction) => {
        await this.#store.save({ name, enabled: false, installed, version, options, error }, transaction)
        await this.#store.record({ plugin: name, action: 'enable', by, result: 'failed', error }, transaction)
      })
    } catch (cause) {
      this.host.log.warn({ err: cause, plugin: name }, 'The failure could not be recorded')
    }
  }

  /** Switches a plugin off: hidden at once, calls in flight finish, then everything it did is undone. @throws PLUGIN_NEEDED */
  disable(name: string, by: string): Promise<ToggleResult> {
    return this.#serially(async () => {
      await this.catalogue.find(name)
      const dependents = dependentsOf(
        name,
        await this.#local.definitions(await this.#enabledNames(), this.catalogue.load),
      )
      if (dependents.length > 0) throw pluginErrors.NEEDED({ name, dependents: dependents.join(', ') })
      const row = await this.#store.find(name)
      if (!row || (!row.enabled && row.error === null))
        return { plugin: name, state: 'disabled', changed: false, nodes: [] }
      const { outcomes, ms } = await this.host.connection.transaction(async (transaction) => {
        await takeLock(transaction, 'plugins')
        await this.#store.save({ ...row, enabled: false, error: null }, transaction)
        await this.#store.record({ plugin: name, action: 'disable', by, result: 'done', error: null }, transaction)
        return this.#announce(transaction, name, performance.now(), () => this.#local.stop(name))
      })
      this.#local.forgetFailure(name)
      return { plugin: name, state: 'disabled', changed: true, nodes: this.#nodes(outcomes, ms(), 'disabled') }
    })
  }

  async #enabledNames(): Promise<string[]> {
    return (await this.#store.all()).filter(({ enabled }) => enabled).map(({ name }) => name)
  }

  /** Messages may have been missed: every plugin is brought to what the database says. */
  async #reconcileAll(): Promise<void> {
    const rows = await this.#store.all()
    const names = new Set([
      ...rows.filter(({ enabled }) => enabled).map(({ name }) => name),
      ...this.#local.running.keys(),
    ])
    for (const name of names) {
      const isOn = rows.some((row) => row.name === name && row.enabled)
      if (isOn !== this.#local.running.has(name))
        await this.#local.reconcile(name, this.catalogue.load).catch(() => undefined)
    }
  }

  /** Every plugin that can be found, with its state. Code is run of none that is not on. */
  async list(): Promise<PluginInfo[]> {
    const rows = new Map((await this.#store.all()).map((row) => [row.name, row]))
    return (await this.catalogue.all()).map(({ name, version, package: packageName }) => {
      const row = rows.get(name)
      const running = this.#local.running.get(name)
      const error = this.#local.failureOf(name) ?? row?.error ?? null
      const state: PluginState = error !== null ? 'failed' : row?.enabled === true ? 'enabled' : 'disabled'
      return {
        name,
        version,
        state,
        package: packageName,
        requires: running ? requirementsOf(running.plugin) : [],
        error,
      }
    })
  }

  readonly history = () => this.#store.history()

  /** The plugins that run here, as they were defined. */
  enabled(): Plugin[] {
    return [...this.#local.running.values()].map(({ plugin }) => plugin)
  }

  /** What an enabled plugin holds, e.g. `action apiKeys:create`. @throws PLUGIN_UNKNOWN */
  async holdings(name: string): Promise<readonly string[]> {
    await this.catalogue.find(name)
    return this.#local.running.get(name)?.scope.holdings() ?? []
  }

  readonly health = () => this.#local.health()

  /** True once in the life of a database. */
  readonly claimFirstRun = (): Promise<boolean> => this.#store.claim('first-run', { by: this.host.broadcast.nodeId })

  async stopAll(): Promise<void> {
    await this.#queue
    await this.#local.stopAll()
  }

  /** One toggle at a time on this node, as the advisory lock does among nodes. */
  #serially<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => undefined)
    return result
  }
}
