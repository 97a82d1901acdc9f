import type { NodeOutcome } from '../database/broadcast.js'
import { takeLock } from '../database/advisory-lock.js'
import type { Transaction } from '../database/executor.js'
import { dependencyOrder } from '../kernel/graph.js'
import { Scope } from '../kernel/scope.js'
import { pluginErrors, reasonOf } from './plugin-errors.js'
import type { PluginHost } from './plugin-host.js'
import type { DiscoveredPlugin } from './plugin-loader.js'
import { PluginStore, type PluginRow } from './plugin-store.js'
import { checkRequirements, dependentsOf, neededPlugins, requirementsOf } from './requirements.js'
import { migratePlugin, RunningPlugin, setupError } from './running-plugin.js'
import type { Plugin } from './plugin.js'

export type PluginState = 'enabled' | 'disabled' | 'failed'

export interface PluginInfo {
  readonly name: string
  readonly version: string | null
  readonly state: PluginState
  readonly package: string
  readonly requires: readonly string[]
  readonly error: string | null
}

export interface ToggleResult {
  readonly plugin: string
  readonly state: PluginState
  readonly changed: boolean
  readonly nodes: readonly { readonly node: string; readonly state: string; readonly error: string | null; readonly ms: number | null }[]
}

const channel = 'plugins'
/** Milliseconds: how long a toggle waits for the other nodes. */
const patience = 10_000

/** Switches plugins on and off, on this node and, through the database, on every other. */
export class PluginManager {
  readonly #store: PluginStore
  readonly #running = new Map<string, RunningPlugin>()
  /** Why a plugin that should be on is not on this node. */
  readonly #failures = new Map<string, string>()
  #queue: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly host: PluginHost,
    private readonly discovered: readonly DiscoveredPlugin[],
    private readonly coreVersion: string,
  ) {
    this.#store = new PluginStore(host.connection)
  }

  /** Follows the toggles of other nodes. */
  follow(scope: Scope): void {
    this.host.broadcast.on(channel, scope, {
      receive: (data) => this.#serially(() => this.#reconcile(String(data))),
      resync: () => this.#serially(() => this.#reconcileAll()),
    })
  }

  /** Switches on what the database says, in the order of what needs what. What throws is quarantined; the rest serves. */
  async boot(): Promise<void> {
    const rows = (await this.#store.all()).filter(({ enabled }) => enabled)
    const loaded = new Map<string, Plugin>()
    for (const { name } of rows) await this.#quarantine(name, async () => void loaded.set(name, await this.#find(name).load()))
    for (const name of this.#bootOrder(loaded)) {
      const [plugin, row] = [loaded.get(name), rows.find((candidate) => candidate.name === name)]
      if (plugin && row) await this.#quarantine(name, () => this.#start(plugin, row))
    }
  }

  #bootOrder(loaded: ReadonlyMap<string, Plugin>): string[] {
    const plugins = [...loaded.values()]
    try {
      return dependencyOrder([...loaded.keys()], (name) => neededPlugins(loaded.get(name) ?? unknownPlugin(name), plugins))
    } catch (error) {
      this.host.log.error({ err: error }, reasonOf(error))
      return [...loaded.keys()]
    }
  }

  async #quarantine(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.#failures.delete(name)
    } catch (error) {
      this.#failures.set(name, reasonOf(error))
      this.host.log.error({ err: error, plugin: name }, `Plugin "${name}" is in quarantine: ${reasonOf(error)}`)
      await this.#store.setError(name, reasonOf(error)).catch((cause: unknown) => this.host.log.warn({ err: cause }, 'The reason was not stored'))
    }
  }

  /** Upgrades and sets up a plugin that the database says is on. */
  async #start(plugin: Plugin, row: PluginRow): Promise<void> {
    checkRequirements(plugin, this.coreVersion, this.#running, this.host.services)
    await this.host.connection.transaction(async (transaction) => {
      await takeLock(transaction, 'plugins')
      await migratePlugin(plugin, this.host, transaction, true)
      if (row.version !== plugin.version) await this.#store.save({ ...row, version: plugin.version }, transaction)
    })
    const running = await RunningPlugin.setUp(plugin, this.host, row.options, this.host.connection)
    running.show(this.host.connection)
    this.#running.set(plugin.name, running)
    if (row.error !== null) await this.#store.setError(plugin.name, null)
  }

  /** Switches a plugin on: all of it, or nothing. Waits for the other nodes. */
  enable(name: string, by: string, options?: Readonly<Record<string, unknown>>): Promise<ToggleResult> {
    return this.#serially(async () => {
      const discovered = this.#find(name)
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

  async #enable(discovered: DiscoveredPlugin, by: string, options?: Readonly<Record<string, unknown>>): Promise<ToggleResult> {
    const { name } = discovered
    if (this.#running.has(name) && (await this.#store.find(name))?.enabled === true && options === undefined) {
      return { plugin: name, state: 'enabled', changed: false, nodes: [] }
    }
    const plugin = await discovered.load()
    checkRequirements(plugin, this.coreVersion, this.#running, this.host.services)
    const previous = this.#running.get(name)
    let running: RunningPlugin | undefined
    try {
      const { outcomes, ms } = await this.host.connection.transaction(async (transaction) => {
        await takeLock(transaction, 'plugins')
        const row = await this.#store.find(name, transaction)
        await migratePlugin(plugin, this.host, transaction, row?.installed === true)
        if (previous) await this.#stop(name)
        const started = performance.now()
        running = await RunningPlugin.setUp(plugin, this.host, options ?? row?.options ?? {}, transaction)
        await this.#store.save({ name, enabled: true, installed: true, version: plugin.version, options: { ...(options ?? row?.options) }, error: null }, transaction)
        await this.#store.record({ plugin: name, action: 'enable', by, result: 'done', error: null }, transaction)
        return this.#announce(transaction, name, started, () => this.#show(running))
      })
      return { plugin: name, state: 'enabled', changed: true, nodes: this.#nodes(outcomes, ms(), 'enabled') }
    } catch (error) {
      await running?.stop()
      throw error
    }
  }

  #show(running: RunningPlugin | undefined): void {
    if (!running) return
    running.show(this.host.connection)
    this.#running.set(running.plugin.name, running)
    this.#failures.delete(running.plugin.name)
  }

  async #announce(transaction: Transaction, name: string, started: number, apply: () => void | Promise<void>) {
    let took = 0
    transaction.afterCommit(async () => {
      await apply()
      took = performance.now() - started
    })
    const { outcomes } = await this.host.broadcast.announce(transaction, channel, name, patience)
    return { outcomes, ms: () => Math.round(took) }
  }

  #nodes(outcomes: readonly NodeOutcome[], ms: number, state: PluginState): ToggleResult['nodes'] {
    const own = { node: this.host.broadcast.nodeId, state, error: null, ms }
    return [own, ...outcomes.map((outcome) => ({ ...outcome, state: outcome.state === 'applied' ? state : outcome.state }))]
  }

  async #noteFailure({ name, version }: DiscoveredPlugin, by: string, error: string): Promise<void> {
    try {
      const row = await this.#store.find(name)
      // A plugin that is on and refuses new options stays as it was.
      if (this.#running.has(name)) return
      await this.host.connection.transaction(async (transaction) => {
        await this.#store.save({ name, enabled: false, installed: row?.installed ?? false, version, options: row?.options ?? {}, error }, transaction)
        await this.#store.record({ plugin: name, action: 'enable', by, result: 'failed', error }, transaction)
      })
    } catch (cause) {
      this.host.log.warn({ err: cause, plugin: name }, 'The failure could not be recorded')
    }
  }

  /** Switches a plugin off: hidden at once, calls in flight finish, then everything it did is undone. */
  disable(name: string, by: string): Promise<ToggleResult> {
    return this.#serially(async () => {
      this.#find(name)
      const dependents = dependentsOf(name, this.#running)
      if (dependents.length > 0) throw pluginErrors.NEEDED({ name, dependents: dependents.join(', ') })
      const row = await this.#store.find(name)
      if (!row || (!row.enabled && row.error === null)) return { plugin: name, state: 'disabled', changed: false, nodes: [] }
      const { outcomes, ms } = await this.host.connection.transaction(async (transaction) => {
        await takeLock(transaction, 'plugins')
        await this.#store.save({ ...row, enabled: false, error: null }, transaction)
        await this.#store.record({ plugin: name, action: 'disable', by, result: 'done', error: null }, transaction)
        return this.#announce(transaction, name, performance.now(), () => this.#stop(name))
      })
      this.#failures.delete(name)
      return { plugin: name, state: 'disabled', changed: row.enabled, nodes: this.#nodes(outcomes, ms(), 'disabled') }
    })
  }

  async #stop(name: string): Promise<void> {
    const running = this.#running.get(name)
    this.#running.delete(name)
    await running?.stop()
  }

  /** Brings one plugin on this node to what the database says of it. */
  async #reconcile(name: string): Promise<void> {
    const row = await this.#store.find(name)
    if (row?.enabled !== true) {
      this.#failures.delete(name)
      return this.#stop(name)
    }
    await this.#stop(name)
    await this.#quarantine(name, async () => this.#start(await this.#find(name).load(), row))
    const failure = this.#failures.get(name)
    if (failure !== undefined) throw pluginErrors.SETUP_FAILED({ name, reason: failure })
  }

  async #reconcileAll(): Promise<void> {
    const rows = await this.#store.all()
    const names = new Set([...rows.filter(({ enabled }) => enabled).map(({ name }) => name), ...this.#running.keys()])
    for (const name of names) {
      const isOn = rows.some((row) => row.name === name && row.enabled)
      if (isOn !== this.#running.has(name)) await this.#reconcile(name).catch(() => undefined)
    }
  }

  /** Every plugin that can be found, with its state. Code is run of none that is not on. */
  async list(): Promise<PluginInfo[]> {
    const rows = new Map((await this.#store.all()).map((row) => [row.name, row]))
    return this.discovered.map(({ name, version, package: packageName }) => {
      const row = rows.get(name)
      const running = this.#running.get(name)
      const error = this.#failures.get(name) ?? row?.error ?? null
      const state: PluginState = error !== null ? 'failed' : row?.enabled === true ? 'enabled' : 'disabled'
      return { name, version, state, package: packageName, requires: running ? requirementsOf(running.plugin) : [], error }
    })
  }

  /** Every toggle: who, when, what, result; the newest first. */
  history() {
    return this.#store.history()
  }

  /** The enabled plugins, as they were defined. */
  enabled(): Plugin[] {
    return [...this.#running.values()].map(({ plugin }) => plugin)
  }

  /** What an enabled plugin holds, e.g. `action apiKeys:create`. */
  holdings(name: string): readonly string[] {
    this.#find(name)
    return this.#running.get(name)?.scope.holdings() ?? []
  }

  /** The state on this node, without asking the database. */
  health(): { name: string; state: PluginState; error: string | null }[] {
    const names = new Set([...this.#running.keys(), ...this.#failures.keys()])
    return [...names].sort().map((name) => {
      const error = this.#failures.get(name) ?? null
      return { name, state: error === null ? 'enabled' : 'failed', error }
    })
  }

  get names(): readonly string[] {
    return this.discovered.map(({ name }) => name)
  }

  /** On a new database: what the settings want to be on from the start. Never again afterwards. */
  async claimFirstRun(): Promise<boolean> {
    return this.#store.claim('first-run', { at: new Date(this.host.clock.now()).toISOString() })
  }

  /** Stops every plugin, the last one first. */
  async stopAll(): Promise<void> {
    await this.#queue
    for (const name of [...this.#running.keys()].reverse()) {
      await this.#stop(name).catch((error: unknown) => this.host.log.error({ err: error, plugin: name }, 'A plugin did not stop cleanly'))
    }
  }

  #find(name: string): DiscoveredPlugin {
    const found = this.discovered.find((plugin) => plugin.name === name)
    if (!found) throw pluginErrors.UNKNOWN({ name })
    return found
  }

  /** One toggle at a time on this node; the advisory lock does the same among nodes. */
  #serially<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => undefined)
    return result
  }
}

const unknownPlugin = (name: string): never => {
  throw pluginErrors.UNKNOWN({ name })
}
