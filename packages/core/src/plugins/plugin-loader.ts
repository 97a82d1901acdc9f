import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { bundlePlugin } from './plugin-bundle.js'
import { pluginErrors, reasonOf } from './plugin-errors.js'
import { isPlugin, shapeProblem, type Plugin } from './plugin.js'
import { withinLimit } from './within-limit.js'

/** Milliseconds. */
const importLimit = 30_000

/** A plugin that was found. Its code has not been run. */
export interface DiscoveredPlugin {
  readonly name: string
  readonly version: string | null
  /** The package it comes from. */
  readonly package: string
  /** Where it lies; undefined for a plugin that is at hand. */
  readonly folder?: string
  /** Imports its code. @throws PLUGIN_IMPORT_FAILED, PLUGIN_WRONG_SHAPE */
  readonly load: () => Promise<Plugin>
}

const manifestSchema = z.object({
  name: z.string(),
  version: z.string().optional(),
  main: z.string().optional(),
  exports: z.unknown().optional(),
})
type Manifest = z.infer<typeof manifestSchema>

/** `exports["."]`, its `default` or `import`, or `main`. */
function entryOf({ main, exports: map }: Manifest): string {
  const root = typeof map === 'object' && map !== null && '.' in map ? map['.'] : map
  if (typeof root === 'string') return root
  if (typeof root === 'object' && root !== null) {
    if ('import' in root && typeof root.import === 'string') return root.import
    if ('default' in root && typeof root.default === 'string') return root.default
  }
  return main ?? 'index.js'
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    // A folder without a readable package.json is no package.
    return undefined
  }
}

/** The versions of JavaScript plugins that this process has imported, by their files: Node never reads a module twice. */
const imported = new Map<string, string | undefined>()

/** What to import so that the code that runs is the one that is there now. */
async function moduleOf(name: string, folder: string): Promise<string> {
  const manifest = await readManifest(folder)
  if (!manifest) throw pluginErrors.IMPORT_FAILED({ name, reason: 'its package.json is gone or cannot be read' })
  const entry = entryOf(manifest)
  const file = path.join(folder, entry)
  if (entry.endsWith('.ts')) return bundlePlugin(name, folder, entry)
  if (!imported.has(file)) imported.set(file, manifest.version)
  // Another version was put in its place while this process ran.
  return imported.get(file) === manifest.version ? file : bundlePlugin(name, folder, entry)
}

async function importPlugin(name: string, folder: string): Promise<Plugin> {
  const file = await moduleOf(name, folder)
  let exported: unknown
  try {
    const importing: Promise<unknown> = import(pathToFileURL(file).href)
    const module = await withinLimit(importing, importLimit, () => new Error('its import did not end within 30 s'))
    exported = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
  } catch (cause) {
    throw pluginErrors.IMPORT_FAILED({ name, reason: reasonOf(cause) }, cause)
  }
  if (!isPlugin(exported)) throw pluginErrors.WRONG_SHAPE({ name, problem: shapeProblem(exported) ?? '' })
  if (exported.name !== name) {
    throw pluginErrors.WRONG_SHAPE({ name, problem: `it calls itself "${exported.name}", its package "${name}"` })
  }
  return exported
}

/** `@postern/plugin-x`, `postern-plugin-x` and `plugin-x` are all the plugin `x`. */
const pluginName = (packageName: string): string => packageName.replace(/^(?:@[^/]+\/)?(?:postern-)?plugin-/, '')

async function discoverFolder(folder: string): Promise<DiscoveredPlugin | undefined> {
  const manifest = await readManifest(folder)
  if (!manifest) return undefined
  const name = pluginName(manifest.name)
  const load = (): Promise<Plugin> => importPlugin(name, folder)
  return { name, version: manifest.version ?? null, package: manifest.name, folder, load }
}

async function foldersIn(parent: string, prefix: string): Promise<string[]> {
  try {
    const names = await readdir(parent)
    return names
      .filter((name) => name.startsWith(prefix))
      .sort()
      .map((name) => path.join(parent, name))
  } catch {
    // A place that does not exist holds no plugins.
    return []
  }
}

/**
 * Finds the plugins beside a root folder: workspace `packages/plugin-*`, `plugins/*` in source, installed
 * `@postern/plugin-*` and `postern-plugin-*`, and the folders that the settings name. Nothing else can be named, in
 * particular nothing that a request says.
 */
export async function discoverPlugins(root: string, folders: readonly string[] = []): Promise<DiscoveredPlugin[]> {
  const places = [
    ...folders.map((folder) => path.resolve(root, folder)),
    ...(await foldersIn(path.join(root, 'plugins'), '')),
    ...(await foldersIn(path.join(root, 'packages'), 'plugin-')),
    ...(await foldersIn(path.join(root, 'node_modules', '@postern'), 'plugin-')),
    ...(await foldersIn(path.join(root, 'node_modules'), 'postern-plugin-')),
  ]
  const found = new Map<string, DiscoveredPlugin>()
  for (const folder of places) {
    const plugin = await discoverFolder(folder)
    // A place that comes first wins: a copy of one's own over an installed one.
    if (plugin && !found.has(plugin.name)) found.set(plugin.name, plugin)
  }
  return [...found.values()]
}

/** A plugin that is at hand already: in tests, and the server's own. */
export const givenPlugin = (plugin: Plugin): DiscoveredPlugin => ({
  name: plugin.name,
  version: plugin.version,
  package: plugin.name,
  load: () => Promise.resolve(plugin),
})
