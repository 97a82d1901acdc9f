import { isPrepared } from '../database/migrator.js'
import type { Scope } from '../kernel/scope.js'
import { LocalPlugins, pluginsChannel } from './local-plugins.js'
import type { PluginCatalogue } from './plugin-catalogue.js'
import { examinePlugins, type Finding } from './plugin-doctor.js'
import { isNobodysFault, reasonOf } from './plugin-errors.js'
import type { PluginHost } from './plugin-host.js'
import { disableOrder, enableOrder, rehearseEnable, type EnablePlan } from './plugin-plan.js'
import { purgePlugin, rowsHeld } from './plugin-purge.js'
import { describePlugins } from './plugin-list.js'
import type { PluginInfo, ToggleResult } from './plugin-state.js'
import { PluginStore, type PluginRow } from './plugin-store.js'
import { failuresChannel, isUpToDate, PluginToggle } from './plugin-toggle.js'
import type { Plugin } from './plugin.js'
import { setupError } from './running-plugin.js'
import { withinLimit } from './within-limit.js'

/** Milliseconds. */
const queueLimit = 10_000

type Options = Readonly<Record<string, unknown>>

/** Switches plugins on and off, on this node and, through the database, on every other. */
export class PluginManager {
  readonly #store: PluginStore
  readonly #local: LocalPlugins
  readonly #toggle: PluginToggle
  #queue: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly host: PluginHost,
    readonly catalogue: PluginCatalogue,
    private readonly coreVersion: string,
  ) {
    this.#store = new PluginStore(host.connection)
    this.#local = new LocalPlugins(host, this.#store, coreVersion)
    this.#toggle = new PluginToggle(host, this.#store, this.#local, catalogue)
  }

  /** Follows the toggles of other nodes. */
  follow(scope: Scope): void {
    this.host.broadcast.on(pluginsChannel, scope, {
      receive: (data) => this.#serially(() => this.#local.reconcile(String(data), this.catalogue.load)),
      resync: () => this.#serially(() => this.#reconcileAll()),
    })
    this.host.broadcast.on(failuresChannel, scope, {
      receive: (data) => this.host.log.error({ failure: data }, 'A command could not enable a plugin'),
      resync: () => undefined,
    })
  }

  /** Switches on what the database says. */
  boot(): Promise<void> {
    // In line with the toggles of other nodes, which may arrive already.
    return this.#serially(async () => {
      const enabled = (await this.#store.all()).filter((row) => row.enabled)
      await this.#local.boot(enabled, this.catalogue.load)
    })
  }

  /** Switches a plugin on: all of it, or nothing. Waits for the other nodes. @throws PLUGIN_*, REGISTRY_DUPLICATE, LOCK_BUSY */
  enable(name: string, by: string, options?: Options): Promise<ToggleResult> {
    return this.#serially(() => this.#enable(name, by, options, options !== undefined))
  }

  /** Runs a plugin's present code, when it is on: its source has changed. On failure the code before goes on. */
  reload(name: string, by: string): Promise<ToggleResult> {
    return this.#serially(() => this.#enable(name, by, undefined, true))
  }

  async #enable(name: string, by: string, options: Options | undefined, again: boolean): Promise<ToggleResult> {
    const { version, load } = await this.catalogue.find(name)
    try {
      const row = await this.#store.find(name)
      const plugin = await load()
      const isWell = this.#local.failureOf(name) === undefined
      if (row && isUpToDate(row, plugin) && isWell && !again) return unchanged(name)
      await this.#explainCycle(plugin)
      return await this.#toggle.enable(plugin, by, options, again || !isWell)
    } catch (thrown) {
      if (await isNobodysFault(thrown, this.host.connection)) throw thrown
      const error = setupError(name, thrown)
      // A command says so itself, in one line.
      const { log, broadcast } = this.host
      log[broadcast.isMember ? 'error' : 'debug']({ err: thrown, plugin: name }, error.message)
      await this.#toggle.noteFailure(name, version, by, thrown)
      throw error
    }
  }

  /** Of plugins that need each other in a circle none could ever be enabled: that is said, not only what is unmet. */
  async #explainCycle(plugin: Plugin): Promise<void> {
    try {
      this.#local.check(plugin)
    } catch (unmet) {
      await enableOrder(plugin.name, this.catalogue).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'GRAPH_CYCLE') throw error
      })
      throw unmet
    }
  }

  /** The same with everything that it needs, what needs nothing first. */
  async enableWithRequirements(name: string, by: string, options?: Options): Promise<ToggleResult[]> {
    const results: ToggleResult[] = []
    for (const needed of await enableOrder(name, this.catalogue)) {
      results.push(await this.enable(needed, by, needed === name ? options : undefined))
    }
    return results
  }

  /** Switches a plugin off: hidden at once, calls in flight finish, then everything it did is undone. @throws PLUGIN_NEEDED */
  disable(name: string, by: string): Promise<ToggleResult> {
    return this.#serially(async () => {
      // One whose source is gone can still be switched off.
      if (!(await this.#store.find(name))) await this.catalogue.find(name)
      return this.#toggle.disable(name, by)
    })
  }

  /** The same with everything that needs it, those that nothing needs first. */
  async disableCascade(name: string, by: string): Promise<ToggleResult[]> {
    const enabled = (await this.#store.all()).filter((row) => row.enabled).map((row) => row.name)
    const definitions = await this.#local.definitions(enabled, this.catalogue.load)
    const results: ToggleResult[] = []
    for (const dependent of disableOrder(name, definitions)) results.push(await this.disable(dependent, by))
    return results
  }

  /** What enabling would do; nothing is changed. */
  async rehearse(name: string, options?: Options): Promise<EnablePlan> {
    const plugin = await this.catalogue.load(name)
    this.#local.check(plugin)
    const row = await this.#store.find(name)
    return rehearseEnable(plugin, this.host, options ? { ...emptyRow(name), ...row, options } : row)
  }

  /** New options: in force at once when the plugin is on, stored for later otherwise. @throws PLUGIN_OPTIONS_REFUSED */
  async configure(name: string, by: string, options: Options): Promise<ToggleResult> {
    const row = await this.#store.find(name)
    const merged = { ...row?.options, ...options }
    if (row?.enabled === true) return this.enable(name, by, merged)
    await rehearseEnable(await this.catalogue.load(name), this.host, { ...emptyRow(name), ...row, options: merged })
    await this.#store.save({ ...emptyRow(name), ...row, options: merged }, this.host.connection)
    return { plugin: name, state: 'disabled', changed: true, nodes: [] }
  }

  /** How many rows a purge would lose. */
  async rowsHeld(name: string) {
    return rowsHeld(await this.catalogue.load(name), this.host)
  }

  /** Off, and forgotten; with `purge` its tables go too. Its source stays where it is. */
  async remove(name: string, by: string, purge: boolean): Promise<void> {
    if (purge) await this.catalogue.find(name)
    await this.disable(name, by)
    if (purge) return purgePlugin(await this.catalogue.load(name), this.host, this.#store, by)
    await this.host.connection.transaction(async (transaction) => {
      await this.#store.forget(name, transaction)
      await this.#store.record({ plugin: name, action: 'remove', by, result: 'done', error: null }, transaction)
    })
  }

  /** Everything that keeps a plugin from working. */
  async doctor(): Promise<Finding[]> {
    const { connection, collections } = this.host
    const rows = await this.#store.all()
    const { catalogue, coreVersion } = this
    return examinePlugins({ catalogue, rows, connection, coreVersion, collections })
  }

  /** Messages may have been missed: every plugin is brought to what the database says. @throws UNAVAILABLE: to be done again */
  async #reconcileAll(): Promise<void> {
    const names = new Set([...(await this.#store.all()).map(({ name }) => name), ...this.#local.running.keys()])
    for (const name of names) {
      await this.#local.reconcile(name, this.catalogue.load).catch(async (error: unknown) => {
        if (await isNobodysFault(error, this.host.connection)) throw error
      })
    }
  }

  /** Every plugin that can be found or was, with its state. Code is run of none that is not on. */
  async list(): Promise<PluginInfo[]> {
    const rows = await this.#store.all()
    const found = await this.catalogue.all()
    const isOn = ({ name, enabled, error }: PluginRow): boolean =>
      enabled && error === null && this.#local.failureOf(name) === undefined
    const on = rows.filter(isOn).map(({ name }) => name)
    return describePlugins({
      found,
      rows,
      definitions: await this.#local.definitions(on, this.catalogue.load),
      failureOf: (name) => this.#local.failureOf(name),
    })
  }

  /** Every toggle: who, when, what, result; the newest first. */
  readonly history = () => this.#store.history()

  /** The plugins that run here, as they were defined. */
  enabled(): Plugin[] {
    return [...this.#local.running.values()].map(({ plugin }) => plugin)
  }

  /** The plugins that are on, whether or not they run here. Of one that cannot be loaded nothing is known. */
  async definitions(): Promise<Plugin[]> {
    if (!(await isPrepared(this.host.connection))) return []
    const on = (await this.#store.all()).filter(({ enabled }) => enabled).map(({ name }) => name)
    return this.#local.definitions(on, this.catalogue.load)
  }

  /** What an enabled plugin holds, e.g. `action apiKeys:create`. @throws PLUGIN_UNKNOWN */
  async holdings(name: string): Promise<readonly string[]> {
    await this.catalogue.find(name)
    return this.#local.running.get(name)?.scope.holdings() ?? []
  }

  readonly health = () => this.#local.health()

  /** Does once in the life of a database what is to be done at its first start; again when that was interrupted. */
  async atFirstRun(work: (decided: ReadonlySet<string>) => Promise<void>): Promise<void> {
    if (await this.#store.isSet('first-run')) return
    await work(new Set((await this.#store.all()).map(({ name }) => name)))
    await this.#store.set('first-run', { by: this.host.broadcast.nodeId })
  }

  /** @param callLimit milliseconds that calls in flight get */
  async stopAll(callLimit: number): Promise<void> {
    // A toggle that hangs must not keep the server from stopping.
    await withinLimit(this.#queue, queueLimit, () => new Error('late')).catch(() => undefined)
    await this.#local.stopAll(callLimit)
  }

  /** One toggle at a time on this node, as the advisory lock does among nodes. */
  #serially<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work)
    this.#queue = result.catch((error: unknown) => this.host.log.debug({ reason: reasonOf(error) }, 'A toggle failed'))
    return result
  }
}

const unchanged = (plugin: string): ToggleResult => ({ plugin, state: 'enabled', changed: false, nodes: [] })

const emptyRow = (name: string) => ({ name, enabled: false, installed: false, version: null, options: {}, error: null })
