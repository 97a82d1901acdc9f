import semver from 'semver'
import type { PluginHost } from './plugin-host.js'
import { pluginErrors } from './plugin-errors.js'
import type { Plugin } from './plugin.js'
import type { RunningPlugin } from './running-plugin.js'

type Running = ReadonlyMap<string, RunningPlugin>

/** Is everything there that a plugin needs? @throws 412 PLUGIN_CORE_RANGE, PLUGIN_UNMET */
export function checkRequirements(
  plugin: Plugin,
  coreVersion: string,
  running: Running,
  services: PluginHost['services'],
): void {
  const { name, core } = plugin
  if (core !== undefined && !semver.satisfies(coreVersion, core)) {
    throw pluginErrors.CORE_RANGE({ name, range: core, version: coreVersion })
  }
  for (const [other, range] of Object.entries(plugin.plugins)) {
    const version = running.get(other)?.plugin.version
    if (version === undefined || !semver.satisfies(version, range)) {
      throw pluginErrors.UNMET({ name, requirement: `the plugin "${other}" ${range}` })
    }
  }
  for (const token of Object.values(plugin.requires)) {
    if (services.get(token.id) === undefined)
      throw pluginErrors.UNMET({ name, requirement: `the service "${token.id}", which no enabled plugin provides` })
  }
}

/** The names of what a plugin needs, for `plugin list`. */
export const requirementsOf = (plugin: Plugin): string[] => [
  ...Object.keys(plugin.plugins),
  ...Object.values(plugin.requires).map(({ id }) => id),
]

/** The plugins that a plugin needs to be on before it. */
export function neededPlugins(plugin: Plugin, candidates: readonly Plugin[]): string[] {
  const tokens = new Set(Object.values(plugin.requires).map(({ id }) => id))
  const providers = candidates
    .filter((other) => other.provides.some(({ id }) => tokens.has(id)))
    .map(({ name }) => name)
  return [...Object.keys(plugin.plugins), ...providers]
}

/** Those of `plugins` that need the one called `name`. */
export function dependentsOf(name: string, plugins: readonly Plugin[]): string[] {
  return plugins
    .filter((plugin) => plugin.name !== name && neededPlugins(plugin, plugins).includes(name))
    .map((plugin) => plugin.name)
}
