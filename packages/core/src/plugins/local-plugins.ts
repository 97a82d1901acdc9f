import { isDeepStrictEqual } from 'node:util'
import { isLockBusy, takeLock } from '../database/advisory-lock.js'
import type { Transaction } from '../database/executor.js'
import { migrationStatus } from '../database/migrator.js'
import { dependencyOrder } from '../kernel/graph.js'
import { isNobodysFault, pluginErrors, reasonOf } from './plugin-errors.js'
import type { PluginHost } from './plugin-host.js'
import type { PluginState } from './plugin-state.js'
import type { PluginRow, PluginStore } from './plugin-store.js'
import type { Plugin } from './plugin.js'
import { checkRequirements, isNewer, neededPlugins } from './requirements.js'
import { migratePlugin, RunningPlugin } from './running-plugin.js'
import { withinLimit } from './within-limit.js'

/** The channel on which nodes learn of toggles. */
export const pluginsChannel = 'plugins'
/** How often a starting server waits for a lock that others hold, each time as long as `takeLock` does. */
const upgradeTurns = 6
/** Milliseconds that a plugin gets to undo what it did when the server stops. */
const undoLimit = 5000

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
    const order = this.#order([...loaded.values()]).flatMap((name) => loaded.get(name) ?? [])
    const late: Plugin[] = []
    const start = async (plugin: Plugin): Promise<void> => {
      const { name } = plugin
      const row = rows.find((candidate) => candidate.name === name)
      if (row && !this.#running.has(name)) await this.quarantine(name, () => this.start(plugin, row))
    }
    for (const plugin of order) {
      if (this.#waits(plugin, late)) late.push(plugin)
      else await start(plugin)
    }
    for (const plugin of late) await start(plugin)
  }

  /** Options of its collections may be those of a plugin that comes later, as may what it needs. */
  #waits(plugin: Plugin, late: readonly Plugin[]): boolean {
    const { options: known } = this.host.collections
    const needed = neededPlugins(plugin, late)
    return (
      plugin.collections.some(({ options }) => known.unknownOf(options) !== undefined) ||
      late.some(({ name }) => needed.includes(name))
    )
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

  /**
   * Does what may fail because of a plugin; the failure is kept, stored and logged.
   *
   * @returns whether it went well
   * @throws what the plugin is not to blame for: LOCK_BUSY, or UNAVAILABLE when the database is away
   */
  async quarantine(name: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      this.#failures.delete(name)
      return true
    } catch (error) {
      if (await isNobodysFault(error, this.host.connection)) throw error
      const reason = reasonOf(error)
      this.#failures.set(name, reason)
      this.host.log.error({ err: error, plugin: name }, `Plugin "${name}" is in quarantine: ${reason}`)
      await this.#noteError(name, reason)
      return false
    }
  }

  /** What happens in the process of a command, e.g. that a port is taken, is no news of the servers. */
  async #noteError(name: string, error: string | null): Promise<void> {
    if (!this.host.broadcast.isMember) return
    const noted = this.store.setError(name, error)
    await noted.catch((cause: unknown) =>
      this.host.log.warn({ err: cause }, 'The state of a plugin could not be stored'),
    )
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
    await this.#upgrade(plugin, row)
    this.show(await RunningPlugin.setUp(plugin, this.host, row.options, this.host.connection))
    if (row.error !== null) await this.#noteError(plugin.name, null)
  }

  async #upgrade(plugin: Plugin, row: PluginRow): Promise<void> {
    const { isMember } = this.host.broadcast
    // A command has no business with the lock when nothing is left to do: it would wait for toggles of others.
    if (!isMember && row.version === plugin.version && !(await this.#hasPending(plugin))) return
    for (let turn = 1; ; turn++) {
      try {
        return await this.#upgradeLocked(plugin)
      } catch (error) {
        // A server that starts beside a long toggle waits for its end: it must come up with all its plugins.
        if (!isMember || turn >= upgradeTurns || !isLockBusy(error)) throw error
        this.host.log.warn({ plugin: plugin.name }, 'Another command is at work; waiting for its end')
      }
    }
  }

  #upgradeLocked(plugin: Plugin): Promise<void> {
    return this.host.connection.transaction(async (transaction) => {
      await takeLock(transaction, 'plugins')
      await migratePlugin(plugin, this.host, transaction, true)
      await this.#storeUpgrade(plugin, transaction)
    }, this.host.collections.options.everyPart())
  }

  /** The others follow to the new code. Where the code is older than the database, this node's disk is behind: nobody follows it. */
  async #storeUpgrade({ name, version }: Plugin, transaction: Transaction): Promise<void> {
    // What was decided while this waited for the lock stands.
    const row = await this.store.find(name, transaction)
    if (!row || row.version === version) return
    if (!isNewer(version, row.version)) {
      this.host.log.warn({ plugin: name, version, database: row.version }, 'A plugin here is older than its tables')
      return
    }
    await this.store.save({ ...row, version }, transaction)
    await this.host.broadcast.announce(transaction, pluginsChannel, name, { toSelf: false })
  }

  async #hasPending({ name, migrations }: Plugin): Promise<boolean> {
    if (migrations.length === 0) return false
    return (await migrationStatus(name, migrations, this.host.connection)).some(({ state }) => state === 'pending')
  }

  show(running: RunningPlugin): void {
    running.show(this.host.connection)
    this.#running.set(running.plugin.name, running)
    this.#failures.delete(running.plugin.name)
  }

  /** @param callLimit milliseconds for calls in flight */
  async stop(name: string, callLimit?: number): Promise<void> {
    const running = this.#running.get(name)
    this.#running.delete(name)
    await running?.stop(callLimit)
  }

  /** The last one first; none can hold the others up for ever. */
  async stopAll(callLimit: number): Promise<void> {
    for (const name of [...this.#running.keys()].reverse()) {
      try {
        await withinLimit(this.stop(name, callLimit), callLimit + undoLimit, () => new Error('It takes too long'))
      } catch (error) {
        this.host.log.error({ err: error, plugin: name }, 'A plugin did not stop cleanly')
      }
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
