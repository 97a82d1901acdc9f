import { createApp } from '../app/create-app.js'
import { loadConfig } from '../app/config.js'
import { createLogger } from '../app/logging.js'
import type { Application } from '../app/application.js'
import type { CommandResult } from '../plugins/command.js'

/** A command's work on an open application, which is closed again whatever happens. */
export async function withApplication<T>(mode: 'command' | 'bare', work: (app: Application) => Promise<T>): Promise<T> {
  const config = await loadConfig()
  // stdout belongs to the answer; what is worth saying beside it goes to stderr.
  const level = ['trace', 'debug', 'error', 'silent'].includes(config.LOG_LEVEL) ? config.LOG_LEVEL : 'warn'
  const log = await createLogger({ level, descriptor: 2, pretty: process.stderr.isTTY })
  const app = await createApp({ config, log, mode, onProgress: (message) => log.info(message) })
  try {
    return await work(app)
  } finally {
    await app.stop()
  }
}

export type Work = (app: Application) => Promise<CommandResult>
