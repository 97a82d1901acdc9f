import { takeLock } from '../database/advisory-lock.js'
import type { Announcement } from '../database/broadcast.js'
import type { Transaction } from '../database/executor.js'
import { seeing } from '../database/seeing.js'
import { nothing } from '../database/sight.js'
import { pluginsChannel, type LocalPlugins } from './local-plugins.js'
import type { PluginCatalogue } from './plugin-catalogue.js'
import { pluginErrors, reasonOf } from './plugin-errors.js'
import type { PluginHost } from './plugin-host.js'
import type { NodeState, PluginState, ToggleResult } from './plugin-state.js'
import type { PluginRow, PluginStore } from './plugin-store.js'
import type { Plugin } from './plugin.js'
import { dependentsOf } from './requirements.js'
import { migratePlugin, RunningPlugin } from './running-plugin.js'

/** The channel on which nodes learn why a command could not enable a plugin. */
export const failuresChannel = 'plugin-failures'
/** Characters: what fits into a broadcast. */
const longestStack = 4000
/** Milliseconds: how long a toggle waits for the other nodes. */
const patience = 10_000

type Options = Readonly<Record<string, unknown>>

interface Applied {
  readonly announcement: Announcement
  /** On this node; known once the transaction's call has answered. */
  readonly here: { error: string | null; ms: number }
}

/** One toggle as one transaction: under a lock that all nodes share, stored, in force here, then everywhere. */
export class PluginToggle {
  constructor(
    private readonly host: PluginHost,
    private readonly store: PluginStore,
    private readonly local: LocalPlugins,
    private readonly catalogue: PluginCatalogue,
  ) {}

  /**
   * Migrations, `install` and `setup` in one transaction; visible when it is committed.
   *
   * @param again also when it is on already: with new options, or its code has changed
   */
  async enable(plugin: Plugin, by: string, options: Options | undefined, again: boolean): Promise<ToggleResult> {
    const { name } = plugin
    const previous = this.local.running.get(name)
    let made: RunningPlugin | undefined
    try {
      const applied = await this.#locked(async (transaction) => {
        const row = await this.store.find(name, transaction)
        // Another command was faster.
        if (row && isUpToDate(row, plugin) && !again) return undefined
        this.local.check(plugin)
        const saved = await this.#prepare(plugin, row, transaction, options)
        if (previous) await this.local.stop(name)
        const started = performance.now()
        const running = (made = await RunningPlugin.setUp(
          plugin,
          this.host,
          saved.options,
          seeing(transaction, nothing),
        ))
        await this.store.record({ plugin: name, action: 'enable', by, result: 'done', error: null }, transaction)
        return this.#announce(transaction, name, started, () => this.local.show(running))
      })
      return this.#result(name, 'enabled', applied)
    } catch (error) {
      await made?.stop()
      // It goes on as it was before.
      await this.#settle(previous?.plugin ?? plugin)
      throw error
    }
  }

  /** Runs on this node what the database says is on: the version before, or, when only the answer to COMMIT was lost, the new one. */
  async #settle(plugin: Plugin): Promise<void> {
    if (!this.host.broadcast.isMember || this.local.running.has(plugin.name)) return
    try {
      const row = await this.store.find(plugin.name)
      if (row?.enabled !== true || row.error !== null) return
      await this.local.quarantine(plugin.name, () => this.local.start(plugin, row))
    } catch (error) {
      // Without the database nothing can be set up; it comes back with the database.
      this.host.log.warn(
        { err: error, plugin: plugin.name },
        'A plugin could not be brought back to what it was before',
      )
    }
  }

  /** Tables, migrations and the plugin's row. */
  async #prepare(
    plugin: Plugin,
    row: PluginRow | undefined,
    transaction: Transaction,
    options?: Options,
  ): Promise<PluginRow> {
    const { name, version } = plugin
    await migratePlugin(plugin, this.host, transaction, row?.installed === true)
    const given = { ...(options ?? row?.options) }
    const saved: PluginRow = { name, enabled: true, installed: true, version, options: given, error: null }
    await this.store.save(saved, transaction)
    return saved
  }

  /** @throws PLUGIN_NEEDED when another enabled plugin needs it */
  async disable(name: string, by: string): Promise<ToggleResult> {
    const applied = await this.#locked(async (transaction) => {
      const rows = await this.store.all(transaction)
      const row = rows.find((candidate) => candidate.name === name)
      if (!row || (!row.enabled && row.error === null)) return undefined
      await this.#refuseWhenNeeded(row, rows)
      await this.store.save({ ...row, enabled: false, error: null }, transaction)
      await this.store.record({ plugin: name, action: 'disable', by, result: 'done', error: null }, transaction)
      return this.#announce(transaction, name, performance.now(), () => this.local.stop(name))
    })
    this.local.forgetFailure(name)
    return this.#result(name, 'disabled', applied)
  }

  async #refuseWhenNeeded({ name, error }: PluginRow, rows: readonly PluginRow[]): Promise<void> {
    const enabled = rows.filter((row) => row.enabled && row.name !== name).map((row) => row.name)
    // One that failed serves nobody, and is not run again only to be switched off.
    const own = error === null ? await this.#definitionOf(name) : undefined
    const others = await this.local.definitions(enabled, this.catalogue.load)
    const dependents = dependentsOf(name, own ? [...others, own] : others)
    if (dependents.length > 0) throw pluginErrors.NEEDED({ name, dependents: dependents.join(', ') })
  }

  /** What is broken, or hangs when it is loaded, must be possible to switch off: then it is not known what it provides. */
  async #definitionOf(name: string): Promise<Plugin | undefined> {
    const running = this.local.running.get(name)?.plugin
    if (running) return running
    // Loading has a limit of its own.
    return this.catalogue.load(name).catch(() => undefined)
  }

  /** One toggle at a time among all nodes. @throws LOCK_BUSY */
  #locked<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.host.connection.transaction(async (transaction) => {
      await takeLock(transaction, 'plugins')
      return work(transaction)
    }, this.host.collections.options.everyPart())
  }

  /** In force here as soon as it is committed, then on the other nodes. */
  async #announce(
    transaction: Transaction,
    name: string,
    started: number,
    apply: () => void | Promise<void>,
  ): Promise<Applied> {
    const here: Applied['here'] = { error: null, ms: 0 }
    transaction.afterCommit(async () => {
      try {
        await apply()
      } catch (error) {
        // It is decided and stored: what goes wrong here is told as the fault of this node.
        here.error = reasonOf(error)
        this.host.log.error({ err: error, plugin: name }, 'A toggle could not be applied cleanly on this node')
      }
      here.ms = Math.round(performance.now() - started)
    })
    const options = { patience, toSelf: false }
    const announcement = await this.host.broadcast.announce(transaction, pluginsChannel, name, options)
    return { announcement, here }
  }

  #result(plugin: string, state: PluginState, applied: Applied | undefined): ToggleResult {
    if (!applied) return { plugin, state, changed: false, nodes: [] }
    return { plugin, state, changed: true, nodes: this.#nodes(applied, state) }
  }

  #nodes({ announcement, here }: Applied, state: PluginState): readonly NodeState[] {
    const others = announcement.outcomes.map((outcome) => ({
      ...outcome,
      state: outcome.state === 'applied' ? state : outcome.state,
    }))
    // A command is no node: it only set the change off.
    const { isMember, nodeId } = this.host.broadcast
    if (!isMember) return others
    return [{ node: nodeId, state: here.error === null ? state : 'failed', ...here }, ...others]
  }

  /** A command is gone with its log: the running servers have the stack in theirs. */
  async #tellFailure(plugin: string, thrown: unknown, transaction: Transaction): Promise<void> {
    if (this.host.broadcast.isMember) return
    const stack = stackOf(thrown).slice(0, longestStack)
    await this.host.broadcast.announce(transaction, failuresChannel, { plugin, stack }, { toSelf: false })
  }

  /** Writes down that a plugin could not be enabled, and why. */
  async noteFailure(name: string, version: string | null, by: string, thrown: unknown): Promise<void> {
    const error = reasonOf(thrown)
    try {
      await this.host.connection.transaction(async (transaction) => {
        const row = await this.store.find(name, transaction)
        // One that is on, here or on the servers, and refuses new options or new code, stays as it was.
        const isOn = row?.enabled === true && row.error === null
        const blank = { name, enabled: false, installed: false, version, options: {} }
        if (!isOn) await this.store.save({ ...blank, ...row, error }, transaction)
        await this.store.record({ plugin: name, action: 'enable', by, result: 'failed', error }, transaction)
        await this.#tellFailure(name, thrown, transaction)
      })
    } catch (cause) {
      this.host.log.warn({ err: cause, plugin: name }, 'The failure could not be recorded')
    }
  }
}

/** On, and with this code. */
export const isUpToDate = ({ enabled, error, version }: PluginRow, plugin: Plugin): boolean =>
  enabled && error === null && version === plugin.version

/** The stack with those of its causes. */
function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const stack = thrown.stack ?? thrown.message
  return thrown.cause === undefined ? stack : `${stack}\ncaused by: ${stackOf(thrown.cause)}`
}
