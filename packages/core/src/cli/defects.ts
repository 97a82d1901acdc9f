import path from 'node:path'
import type { Logger } from '../kernel/logger.js'

/** A package of a plugin, in a workspace or installed, or a folder under `plugins/`, as a stack names its files. */
const pluginFolder = /[\\/](?:(?:postern-)?plugin-([a-z0-9-]+)|plugins[\\/]([a-z0-9-]+))[\\/]/

/** Folder → plugin, for those that lie anywhere else. */
type Folders = ReadonlyMap<string, string>

/** The plugin in whose code an error was thrown: that of the topmost frame that is a plugin's. `root` is the server's folder. */
export function pluginInStack(error: unknown, root: string, folders: Folders = new Map()): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (const line of stack.split('\n')) {
    const [, known] = [...folders].find(([folder]) => line.includes(`${folder}${path.sep}`)) ?? []
    // The server itself may live in a folder that looks like a plugin's.
    const [, packaged, local] = pluginFolder.exec(line.replaceAll(root, '')) ?? []
    const plugin = known ?? packaged ?? local
    if (plugin !== undefined) return plugin
  }
  return undefined
}

/** A throw that nobody caught is a defect of one plugin or one request: the process serves on. */
export function surviveDefects(log: Logger, root: string, folders: Folders): void {
  process.on('uncaughtException', (error) =>
    log.error({ err: error, plugin: pluginInStack(error, root, folders) }, 'An error was caught by nobody'),
  )
  process.on('unhandledRejection', (error) =>
    log.error({ err: error, plugin: pluginInStack(error, root, folders) }, 'A rejected promise was handled by nobody'),
  )
}
