import { isDeepStrictEqual } from 'node:util'
import { takeLock } from '../database/advisory-lock.js'
import { dependencyOrder } from '../kernel/graph.js'
import { pluginErrors, reasonOf } from './plugin-errors.js'
import type { PluginHost } from './plugin-host.js'
import type { PluginState } from './plugin-state.js'
import type { PluginRow, PluginStore } from './plugin-store.js'
import type { Plugin } from './plugin.js'
import { checkRequirements, neededPlugins } from './requirements.js'
import { migratePlugin, RunningPlugin } from './running-plugin.js'

type Load = (name: string) => Promise<Plugin>

/** The plugins that run on this node. What throws is quarantined; the rest serves. */
export class LocalPlugins {
  readonly #running = new Map<string, RunningPlugin>()
  /** Why a plugin that should be on is not on this node. */
  readonly #failures = new Map<string, string>()

  constructor(
    private readonly host: PluginHost,
    private readonly store: PluginStore,
    private readonly coreVersion: string,
  ) {}

  get running(): ReadonlyMap<string, RunningPlugin> {
    return this.#running
  }

  failureOf(name: string): string | undefined {
    return this.#failures.get(name)
  }

  forgetFailure(name: string): void {
    this.#failures.delete(name)
  }

  /** Switches on what the database says is on, in the order of what needs what. */
  async boot(rows: readonly PluginRow[], load: Load): Promise<void> {
    const loaded = new Map<string, Plugin>()
    for (const { name } of rows) await this.quarantine(name, async () => void loaded.set(name, await load(name)))
    for (const name of this.#order([...loaded.values()])) {
      const [plugin, row] = [loaded.get(name), rows.find((candidate) => candidate.name === name)]
      if (plugin && row && !this.#running.has(name)) await this.quarantine(name, () => this.start(plugin, row))
    }
  }

  #order(plugins: readonly Plugin[]): string[] {
    const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]))
    try {
      return dependencyOrder([...byName.keys()], (name) => {
        const plugin = byName.get(name)
        return plugin ? neededPlugins(plugin, plugins) : []
      })
    } catch (error) {
      // Those of the circle will find their requirements unmet, one by one; the others start.
      this.host.log.error({ err: error }, reasonOf(error))
      return [...byName.keys()]
    }
  }

  /** Does what may fail because of a plugin; the failure is kept, stored and logged. @returns whether it went well */
  async quarantine(name: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      this.#failures.delete(name)
      return true
    } catch (error) {
      this.#failures.set(name, reasonOf(error))
      this.host.log.error({ err: error, plugin: name }, `Plugin "${name}" is in quarantine: ${reasonOf(error)}`)
      const noted = this.store.setError(name, reasonOf(error))
      await noted.catch((cause: unknown) => this.host.log.warn({ err: cause }, 'The reason could not be stored'))
      return false
    }
  }

  /** The definitions of plugins, also where nothing is set up (a command that loads no plugin): then they are read for this. */
  async definitions(names: readonly string[], load: Load): Promise<Plugin[]> {
    const read = async (name: string): Promise<Plugin> => this.#running.get(name)?.plugin ?? load(name)
    const outcomes = await Promise.allSettled(names.map(read))
    // One that cannot be read needs nothing that would be missed.
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  }

  check(plugin: Plugin): void {
    checkRequirements(plugin, this.coreVersion, this.#running)
  }

  /** Upgrades and sets up a plugin that the database says is on. */
  async start(plugin: Plugin, row: PluginRow): Promise<void> {
    this.check(plugin)
    await this.host.connection.transaction(async (transaction) => {
      await takeLock(transaction, 'plugins')
      await migratePlugin(plugin, this.host, transaction, true)
      if (row.version !== plugin.version) await this.store.save({ ...row, version: plugin.version }, transaction)
    })
    this.show(await RunningPlugin.setUp(plugin, this.host, row.options, this.host.connection))
    if (row.error !== null) await this.store.setError(plugin.name, null)
  }

  show(running: RunningPlugin): void {
    running.show(this.host.connection)
    this.#running.set(running.plugin.name, running)
    this.#failures.delete(running.plugin.name)
  }

  async stop(name: string): Promise<void> {
    const running = this.#running.get(name)
    this.#running.delete(name)
    await running?.stop()
  }

  /** The last one first. */
  async stopAll(): Promise<void> {
    for (const name of [...this.#running.keys()].reverse()) {
      await this.stop(name).catch((error: unknown) =>
        this.host.log.error({ err: error, plugin: name }, 'A plugin did not stop cleanly'),
      )
    }
  }

  /** The states on this node, without asking the database. */
  health(): { name: string; state: PluginState; error: string | null }[] {
    const names = new Set([...this.#running.keys(), ...this.#failures.keys()])
    return [...names].sort().map((name) => {
      const error = this.#failures.get(name) ?? null
      return { name, state: error === null ? 'enabled' : 'failed', error }
    })
  }

  #isUpToDate({ name, options, version }: PluginRow): boolean {
    const running = this.#running.get(name)
    return running?.plugin.version === version && sameOptions(running.options, options)
  }

  /** Brings one plugin to what the database says of it. @throws when it should be on and does not come up */
  async reconcile(name: string, load: Load): Promise<void> {
    const row = await this.store.find(name)
    if (row?.enabled !== true) {
      await this.stop(name)
      return this.forgetFailure(name)
    }
    if (this.#isUpToDate(row)) return
    await this.stop(name)
    const isUp = await this.quarantine(name, async () => this.start(await load(name), row))
    if (!isUp) throw pluginErrors.SETUP_FAILED({ name, reason: this.#failures.get(name) ?? 'unknown' })
  }
}

/** jsonb keeps the members of an object in an order of its own. */
const sameOptions = (a: object, b: object): boolean => isDeepStrictEqual({ ...a }, { ...b })
