import type { Transaction } from '../database/executor.js'
import { recordSchemaChanges } from '../database/recorded-transaction.js'
import { dependencyOrder } from '../kernel/graph.js'
import type { PluginCatalogue } from './plugin-catalogue.js'
import { pluginErrors } from './plugin-errors.js'
import type { PluginHost } from './plugin-host.js'
import type { PluginRow } from './plugin-store.js'
import type { Plugin } from './plugin.js'
import { dependentsOf, neededPlugins } from './requirements.js'
import { migratePlugin, parsedOptions } from './running-plugin.js'

/** Every plugin that can be loaded; one that cannot has no say in what others need. */
export async function loadablePlugins(catalogue: PluginCatalogue): Promise<Plugin[]> {
  const outcomes = await Promise.allSettled((await catalogue.all()).map((plugin) => plugin.load()))
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
}

/** Everything that a plugin needs, what needs nothing first, itself last. @throws GRAPH_CYCLE with the circle as a path */
export async function enableOrder(name: string, catalogue: PluginCatalogue): Promise<string[]> {
  const wanted = await catalogue.load(name)
  const plugins = await loadablePlugins(catalogue)
  const byName = new Map([...plugins, wanted].map((plugin) => [plugin.name, plugin]))
  const needs = (node: string): string[] => {
    const plugin = byName.get(node)
    return plugin ? neededPlugins(plugin, plugins) : []
  }
  const closure = new Set<string>()
  const collect = (node: string): void => {
    if (closure.has(node)) return
    closure.add(node)
    for (const need of needs(node)) collect(need)
  }
  collect(name)
  const missing = [...closure].find((node) => !byName.has(node))
  if (missing !== undefined)
    throw pluginErrors.UNMET({ name, requirement: `the plugin "${missing}", which cannot be found` })
  return dependencyOrder([...closure], needs)
}

/** Those that need a plugin, directly or not, in an order in which they can be switched off; itself last. */
export function disableOrder(name: string, enabled: readonly Plugin[]): string[] {
  const order: string[] = []
  const seen = new Set<string>()
  const collect = (node: string): void => {
    // Sources that were edited since may need each other in a circle now; they can be switched off all the same.
    if (seen.has(node)) return
    seen.add(node)
    for (const dependent of dependentsOf(node, enabled)) collect(dependent)
    order.push(node)
  }
  collect(name)
  return order
}

export interface EnablePlan {
  readonly plugin: string
  readonly steps: readonly string[]
  /** The statements that would change the schema. */
  readonly ddl: readonly string[]
}

class Rehearsed extends Error {}

/** What enabling a plugin would do. Its tables and migrations are made in a transaction that is rolled back. */
export async function rehearseEnable(
  plugin: Plugin,
  host: PluginHost,
  row: PluginRow | undefined,
): Promise<EnablePlan> {
  parsedOptions(plugin, row?.options ?? {})
  const ddl: string[] = []
  const rehearse = async (transaction: Transaction): Promise<never> => {
    const recorded = recordSchemaChanges(transaction, (text) => ddl.push(text))
    // `install` and `setup` are the plugin's own code: they might do what no rollback undoes.
    await migratePlugin(plugin, host, recorded, true)
    throw new Rehearsed()
  }
  await host.connection.transaction(rehearse, host.collections.options.everyPart()).catch((error: unknown) => {
    if (!(error instanceof Rehearsed)) throw error
  })
  return { plugin: plugin.name, steps: stepsOf(plugin, row), ddl }
}

const stepsOf = (plugin: Plugin, row: PluginRow | undefined): string[] => [
  'check the options and what the plugin needs',
  ...plugin.collections.map(({ name }) => `make or complete the table of the collection "${name}"`),
  ...plugin.migrations.map(({ name }) => `run the migration "${name}", if it has not run`),
  ...(plugin.install && row?.installed !== true ? ['run install'] : []),
  'run setup',
  'store that the plugin is on, and tell every node',
]
