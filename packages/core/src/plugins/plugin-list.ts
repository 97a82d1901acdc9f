import type { DiscoveredPlugin } from './plugin-loader.js'
import type { PluginInfo } from './plugin-state.js'
import type { PluginRow } from './plugin-store.js'
import type { Plugin } from './plugin.js'
import { requirementsOf } from './requirements.js'

export interface PluginFacts {
  readonly found: readonly DiscoveredPlugin[]
  /** What operators decided. */
  readonly rows: readonly PluginRow[]
  /** Of those that are on. */
  readonly definitions: readonly Plugin[]
  /** Why one that should be on is not on this node. */
  readonly failureOf: (name: string) => string | undefined
}

type Found = Pick<DiscoveredPlugin, 'name' | 'version'> & { readonly package: string | null }

/** What was switched on, or failed, and cannot be found any more. */
function lostAmong({ found, rows }: PluginFacts): Found[] {
  const names = new Set(found.map(({ name }) => name))
  return rows
    .filter(({ name, enabled, error }) => (enabled || error !== null) && !name.startsWith('core/') && !names.has(name))
    .map(({ name, version }) => ({ name, version, package: null }))
}

/** The plugins as `plugin list` shows them. */
export function describePlugins(facts: PluginFacts): PluginInfo[] {
  const rows = new Map(facts.rows.map((row) => [row.name, row]))
  const describe = ({ name, version, package: packageName }: Found): PluginInfo => {
    const row = rows.get(name)
    const plugin = facts.definitions.find((definition) => definition.name === name)
    const isLost = packageName === null ? 'Its source cannot be found' : null
    const error = facts.failureOf(name) ?? row?.error ?? isLost
    return {
      name,
      version,
      state: error !== null ? 'failed' : row?.enabled === true ? 'enabled' : 'disabled',
      package: packageName,
      requires: plugin ? requirementsOf(plugin) : [],
      error,
    }
  }
  return [...facts.found, ...lostAmong(facts)].map(describe)
}
