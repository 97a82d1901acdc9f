import type { Logger } from '../kernel/logger.js'

/** A package of a plugin, in a workspace or installed, or a folder under `plugins/`, as a stack names its files. */
const pluginFolder = /[\\/](?:(?:postern-)?plugin-([a-z0-9-]+)|plugins[\\/]([a-z0-9-]+))[\\/]/

/** The plugin in whose code an error was thrown: that of the topmost frame that is a plugin's. `root` is the server's folder. */
export function pluginInStack(error: unknown, root: string): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  // The server itself may live in a folder that looks like a plugin's.
  const [, packaged, local] = pluginFolder.exec(stack.replaceAll(root, '')) ?? []
  return packaged ?? local
}

/** A throw that nobody caught is a defect of one plugin or one request: the process serves on. */
export function surviveDefects(log: Logger, root: string): void {
  process.on('uncaughtException', (error) =>
    log.error({ err: error, plugin: pluginInStack(error, root) }, 'An error was caught by nobody'),
  )
  process.on('unhandledRejection', (error) =>
    log.error({ err: error, plugin: pluginInStack(error, root) }, 'A rejected promise was handled by nobody'),
  )
}
