import { runtimeOwner, type CollectionRegistry } from '../database/collection-registry.js'
import type { Connection } from '../database/connection.js'
import { driftCure, driftText, findDrift, type Drift } from '../database/drift.js'
import { migrationStatus } from '../database/migrator.js'
import { AppError } from '../kernel/errors.js'
import { dependencyOrder } from '../kernel/graph.js'
import type { PluginCatalogue } from './plugin-catalogue.js'
import { reasonOf } from './plugin-errors.js'
import type { DiscoveredPlugin } from './plugin-loader.js'
import type { PluginRow } from './plugin-store.js'
import type { Plugin } from './plugin.js'
import { neededPlugins, rangeProblems } from './requirements.js'

export interface Finding {
  readonly plugin: string
  readonly problem: string
  /** What to do. */
  readonly advice: string
}

export interface DoctorParts {
  readonly catalogue: PluginCatalogue
  readonly rows: readonly PluginRow[]
  readonly connection: Connection
  readonly coreVersion: string
  readonly collections: CollectionRegistry
}

/** A table that lacks what its collection needs. */
const driftFinding = (drift: Drift, collections: CollectionRegistry): Finding => ({
  plugin: collections.find(drift.collection)?.scope.owner ?? runtimeOwner,
  problem: driftText(drift),
  advice: driftCure(drift),
})

type Loaded = { readonly found: DiscoveredPlugin; readonly plugin: Plugin } | { readonly finding: Finding }

async function load(found: DiscoveredPlugin): Promise<Loaded> {
  try {
    return { found, plugin: await found.load() }
  } catch (error) {
    const advice = (error instanceof AppError ? error.hint : undefined) ?? 'Mend its source.'
    return { finding: { plugin: found.name, problem: reasonOf(error), advice } }
  }
}

/** Names of collections that stand twice. */
function clashes(plugins: readonly Plugin[], taken: readonly string[]): Finding[] {
  const owners = new Map(taken.map((name) => [name, 'the server']))
  return plugins.flatMap((plugin) =>
    plugin.collections.flatMap(({ name }): Finding[] => {
      const owner = owners.get(name)
      if (owner === undefined) owners.set(name, `the plugin "${plugin.name}"`)
      if (owner === undefined) return []
      const advice = 'Rename one of the two; until then only one of them can be on.'
      return [{ plugin: plugin.name, problem: `its collection "${name}" is also one of ${owner}`, advice }]
    }),
  )
}

function unmet(plugin: Plugin, plugins: readonly Plugin[], { rows, coreVersion }: DoctorParts): Finding[] {
  const enabled = new Map(
    plugins
      .filter(({ name }) => rows.some((row) => row.name === name && row.enabled))
      .map((other) => [other.name, other]),
  )
  // Of a plugin that is off, only what can never be met is a fault.
  const isOn = enabled.has(plugin.name)
  const candidates = isOn ? enabled : new Map(plugins.map((other) => [other.name, other]))
  return rangeProblems(plugin, coreVersion, [...candidates.values()]).map((problem) => ({
    plugin: plugin.name,
    problem: `it needs ${problem}`,
    advice: isOn ? `npx postern plugin enable ${plugin.name} --with-requirements` : 'Install or write what it needs.',
  }))
}

function cycles(plugins: readonly Plugin[]): Finding[] {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]))
  try {
    dependencyOrder([...byName.keys()], (name) => {
      const plugin = byName.get(name)
      return plugin ? neededPlugins(plugin, plugins) : []
    })
    return []
  } catch (error) {
    const advice = (error instanceof AppError ? error.hint : undefined) ?? ''
    return [{ plugin: plugins[0]?.name ?? '', problem: reasonOf(error), advice }]
  }
}

async function pending(plugin: Plugin, { rows, connection }: DoctorParts): Promise<Finding[]> {
  if (!rows.some(({ name, installed }) => name === plugin.name && installed)) return []
  const statuses = await migrationStatus(plugin.name, plugin.migrations, connection)
  return statuses
    .filter(({ state }) => state === 'pending')
    .map(({ name }) => ({
      plugin: plugin.name,
      problem: `its migration "${name}" is pending`,
      advice: 'npx postern migrate up',
    }))
}

/** Looks for everything that keeps a plugin from working, without running any of it. */
export async function examinePlugins(parts: DoctorParts): Promise<Finding[]> {
  const loaded = await Promise.all((await parts.catalogue.all()).map(load))
  const plugins = loaded.flatMap((one) => ('plugin' in one ? [one.plugin] : []))
  const broken = loaded.flatMap((one) => ('finding' in one ? [one.finding] : []))
  const lost = parts.rows
    .filter(
      ({ name, enabled }) =>
        enabled &&
        !name.startsWith('core/') &&
        !loaded.some((one) => ('found' in one ? one.found.name : one.finding.plugin) === name),
    )
    .map(({ name }) => ({
      plugin: name,
      problem: 'it is on, but cannot be found',
      advice: `Bring its source back, or: npx postern plugin remove ${name}`,
    }))
  const failed = parts.rows.flatMap(({ name, error }) =>
    error === null
      ? []
      : [{ plugin: name, problem: `it failed: ${error}`, advice: `Mend it, then: npx postern plugin enable ${name}` }],
  )
  const waiting = await Promise.all(plugins.map((plugin) => pending(plugin, parts)))
  // The server's own collections and those made at run time.
  const own = parts.collections
    .names()
    .filter((name) => !plugins.some((plugin) => plugin.collections.some((collection) => collection.name === name)))
  const drifts = await findDrift(parts.connection, parts.collections)
  return [
    ...broken,
    ...lost,
    ...failed,
    ...clashes(plugins, own),
    ...plugins.flatMap((plugin) => unmet(plugin, plugins, parts)),
    ...cycles(plugins),
    ...waiting.flat(),
    ...drifts.map((drift) => driftFinding(drift, parts.collections)),
  ]
}
