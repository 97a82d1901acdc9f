import type { PlainCollection } from '../database/collection.js'
import type { Connection } from '../database/connection.js'
import type { CallBudget } from '../database/call-budget.js'
import type { Executor, Result, Transaction } from '../database/executor.js'
import { createHandle } from '../database/handle.js'
import { runMigrations } from '../database/migrator.js'
import type { Sight } from '../database/sight.js'
import type { Statement } from '../database/sql.js'
import { ensureForeignKeys } from '../database/foreign-keys.js'
import { ensureTable, tableExists } from '../database/table.js'
import { AppError } from '../kernel/errors.js'
import { Scope } from '../kernel/scope.js'
import { parseOptions } from '../schema/shape.js'
import { createPluginContext } from './plugin-context.js'
import { pluginErrors, reasonOf } from './plugin-errors.js'
import type { PluginHost } from './plugin-host.js'
import { runSetup, type Plugin } from './plugin.js'
import { withinLimit } from './within-limit.js'

/** Milliseconds that calls in flight get to finish when their plugin is switched off. */
const drainLimit = 10_000
const setupLimit = 30_000

/** While a plugin is being enabled its statements run in the enabling transaction; afterwards on the pool. */
class SwitchedExecutor implements Executor {
  constructor(public current: Executor) {}

  run(statement: Statement): Promise<Result> {
    return this.current.run(statement)
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>, sight?: Sight, budget?: CallBudget): Promise<T> {
    return this.current.transaction(work, sight, budget)
  }
}

/** One plugin that was set up on this node, visible or not yet. */
export class RunningPlugin {
  readonly scope: Scope
  readonly #executor: SwitchedExecutor

  private constructor(
    readonly plugin: Plugin,
    private readonly host: PluginHost,
    /** As they were given, before defaults. */
    readonly options: Readonly<Record<string, unknown>>,
    executor: Executor,
  ) {
    this.scope = new Scope(plugin.name)
    this.#executor = new SwitchedExecutor(executor)
  }

  /** Runs `setup` in a fresh scope. If anything throws, nothing that it registered remains. */
  static async setUp(
    plugin: Plugin,
    host: PluginHost,
    options: Readonly<Record<string, unknown>>,
    executor: Executor,
  ): Promise<RunningPlugin> {
    const running = new RunningPlugin(plugin, host, options, executor)
    const parsed = parsedOptions(plugin, options)
    try {
      await running.#setUp(parsed)
      return running
    } catch (error) {
      await running.scope
        .close()
        .catch((cause: unknown) => host.log.error({ err: cause, plugin: plugin.name }, 'Undoing failed'))
      throw error
    }
  }

  async #setUp(options: object): Promise<void> {
    const { plugin, host, scope } = this
    for (const collection of plugin.collections) host.collections.add(collection, scope)
    const { collections, clock } = host
    const db = createHandle({ executor: this.#executor, collections, clock, author: null })
    const services = Object.fromEntries(
      Object.entries(plugin.requires).map(([name, token]) => [name, host.services.get(token.id)]),
    )
    const context = createPluginContext(host, { scope, options, services, db })
    // A `setup` that never ends would hold the lock of all toggles.
    await withinLimit(runSetup(plugin, context), setupLimit, () =>
      pluginErrors.SETUP_FAILED({ name: plugin.name, reason: `setup did not end within ${setupLimit / 1000} s` }),
    )
    for (const token of plugin.provides) {
      if (!host.services.isHeldBy(token.id, scope))
        throw pluginErrors.NOT_PROVIDED({ name: plugin.name, token: token.id })
    }
  }

  /** Everything that the plugin registered appears at once. */
  show(pool: Connection): void {
    this.#executor.current = pool
    this.scope.active = true
    this.host.acl.forget()
    // What is known of callers may be more from now on.
    this.host.authenticator.cache.invalidate({ all: true })
  }

  /** Hide, let calls in flight finish (for `limit` milliseconds), undo in reverse order. */
  async stop(limit = drainLimit): Promise<void> {
    this.scope.active = false
    this.host.acl.forget()
    this.host.authenticator.cache.invalidate({ all: true })
    if (!(await this.scope.whenIdle(limit))) {
      this.host.log.warn(
        { plugin: this.plugin.name },
        'Calls of the plugin were still running when it was switched off',
      )
    }
    await this.scope.close()
  }
}

/** @throws PLUGIN_OPTIONS_REFUSED */
export function parsedOptions(plugin: Plugin, options: Readonly<Record<string, unknown>>): object {
  try {
    return parseOptions(plugin.options, options)
  } catch (cause) {
    throw pluginErrors.OPTIONS_REFUSED({ name: plugin.name, problem: reasonOf(cause) }, cause)
  }
}

/** What its options mean is unknown while their plugin is off: its table stays as it is, and the collection is closed. */
const isLeftAlone = async (collection: PlainCollection, host: PluginHost, transaction: Transaction): Promise<boolean> =>
  host.collections.options.unknownOf(collection.options) !== undefined &&
  (await tableExists(transaction, collection.name))

/** Brings a plugin's tables up to date in a transaction; `installed` says whether `install` ran before. */
export async function migratePlugin(
  plugin: Plugin,
  host: PluginHost,
  transaction: Transaction,
  installed: boolean,
): Promise<void> {
  const scope = new Scope(plugin.name)
  try {
    const current: PlainCollection[] = []
    for (const collection of plugin.collections) {
      if (!host.collections.get(collection.name)) host.collections.add(collection, scope)
      if (installed && (await isLeftAlone(collection, host, transaction))) continue
      host.collections.options.requireKnown(collection)
      await ensureTable(transaction, host.collections.require(collection.name))
      current.push(collection)
    }
    // Only once all tables are there: they may refer to each other in a circle.
    const visible = { get: (name: string) => host.collections.lookUp(name) }
    for (const { name } of current) {
      await ensureForeignKeys(transaction, host.collections.require(name), visible)
    }
    await runMigrations(plugin.name, plugin.migrations, transaction)
    if (installed || !plugin.install) return
    const { collections, clock } = host
    const db = createHandle({ executor: transaction, collections, clock, author: null })
    await plugin.install({ db, log: host.log.child({ plugin: plugin.name }) })
  } finally {
    await scope.close()
  }
}

/** What the caller is told when a plugin does not come up: its own deliberate errors stay, others are wrapped. */
export function setupError(name: string, error: unknown): AppError {
  if (error instanceof AppError && /^(PLUGIN|REGISTRY|LOCK|GRAPH)/.test(error.code)) return error
  return pluginErrors.SETUP_FAILED({ name, reason: reasonOf(error) }, error)
}
