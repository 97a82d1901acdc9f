import { createApp } from '../app/create-app.js'
import type { Config } from '../app/config.js'
import type { Application } from '../app/application.js'
import type { CommandResult } from '../plugins/command.js'
import { createCommandLog } from './command-log.js'

/** With the plugins, without any, or only to look. */
export type CommandMode = 'command' | 'bare' | 'inspect'

export type Work = (app: Application) => Promise<CommandResult>

/** A throw that nobody caught, such as in a timer of a plugin, ends the command as any other failure does. */
function watchForDefects() {
  let report: (error: unknown) => void = () => undefined
  const thrown = new Promise<never>((_, reject) => (report = reject))
  // It is looked at only where it is raced; until then it must not count as a rejection that nobody handles.
  thrown.catch(() => undefined)
  process.on('uncaughtException', report)
  return { thrown, stop: () => void process.off('uncaughtException', report) }
}

/** A command's work on an open application, which is closed again whatever happens. */
export async function withApplication<T>(
  config: Config,
  mode: CommandMode,
  work: (app: Application) => Promise<T>,
): Promise<T> {
  const log = await createCommandLog(config)
  const defects = watchForDefects()
  try {
    const app = await createApp({ config, log, mode, onProgress: (message) => log.info(message) })
    try {
      return await Promise.race([work(app), defects.thrown])
    } finally {
      await app.stop()
    }
  } catch (error) {
    log.debug({ err: error }, 'The command failed')
    throw error
  } finally {
    defects.stop()
  }
}
