import semver from 'semver'
import { pluginErrors } from './plugin-errors.js'
import type { Plugin } from './plugin.js'
import type { RunningPlugin } from './running-plugin.js'

type Running = ReadonlyMap<string, RunningPlugin>

/** What a plugin needs and does not find among `others`, in words. */
export function rangeProblems(plugin: Plugin, coreVersion: string, others: readonly Plugin[]): string[] {
  const problems: string[] = []
  if (plugin.core !== undefined && !semver.satisfies(coreVersion, plugin.core)) {
    problems.push(`@postern/core ${plugin.core}; this is ${coreVersion}`)
  }
  for (const [name, range] of Object.entries(plugin.plugins)) {
    const version = others.find((other) => other.name === name)?.version
    if (version !== undefined && semver.satisfies(version, range)) continue
    problems.push(`the plugin "${name}" ${range}${version === undefined ? '' : `; there is ${version}`}`)
  }
  for (const { id } of Object.values(plugin.requires)) {
    if (others.some((other) => other.provides.some((token) => token.id === id))) continue
    problems.push(`the service "${id}", which no enabled plugin provides`)
  }
  return problems
}

/** Is everything there that a plugin needs? @throws 412 PLUGIN_CORE_RANGE, PLUGIN_UNMET */
export function checkRequirements(plugin: Plugin, coreVersion: string, running: Running): void {
  const { name, core } = plugin
  if (core !== undefined && !semver.satisfies(coreVersion, core)) {
    throw pluginErrors.CORE_RANGE({ name, range: core, version: coreVersion })
  }
  const others = [...running.values()].map((other) => other.plugin)
  const problems = rangeProblems(plugin, coreVersion, others)
  if (problems.length > 0) throw pluginErrors.UNMET({ name, requirement: problems.join(', and ') })
}

/** Is a plugin's code ahead of what the database was brought to? Versions that are none are no news to anybody. */
export const isNewer = (version: string, stored: string | null): boolean =>
  stored === null || (semver.valid(version) !== null && semver.valid(stored) !== null && semver.gt(version, stored))

/** The names of what a plugin needs, for `plugin list`. */
export const requirementsOf = (plugin: Plugin): string[] => [
  ...Object.keys(plugin.plugins),
  ...Object.values(plugin.requires).map(({ id }) => id),
]

/** The plugins that a plugin needs to be on before it; of several that provide the same service, the first. */
export function neededPlugins(plugin: Plugin, candidates: readonly Plugin[]): string[] {
  const providers = Object.values(plugin.requires).flatMap(({ id }) => {
    const provides = (other: Plugin): boolean => other.provides.some((token) => token.id === id)
    // What it provides itself it need not find elsewhere.
    const provider = provides(plugin) ? undefined : candidates.find(provides)
    return provider ? [provider.name] : []
  })
  return [...new Set([...Object.keys(plugin.plugins), ...providers])]
}

/** Those of `plugins` that need the one called `name`. */
export function dependentsOf(name: string, plugins: readonly Plugin[]): string[] {
  return plugins
    .filter((plugin) => plugin.name !== name && neededPlugins(plugin, plugins).includes(name))
    .map((plugin) => plugin.name)
}
