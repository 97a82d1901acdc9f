import type { Command } from 'commander'
import type { Application } from '../../app/application.js'
import { loadConfig } from '../../app/config.js'
import { createApp } from '../../app/create-app.js'
import { createLogger } from '../../app/logging.js'
import type { Logger } from '../../kernel/logger.js'
import { exitCode } from '../exit-codes.js'
import type { Output } from '../output.js'
import type { Cli } from '../program.js'

/** Exit code of a process that a second Ctrl-C ended (128 + SIGINT). */
const interrupted = 130

/** Waits for SIGTERM or Ctrl-C and stops in order. @returns the exit code */
function untilStopped(app: Application, { err }: Output): Promise<number> {
  return new Promise((resolve) => {
    let isStopping = false
    const stop = async (): Promise<void> => {
      if (isStopping) process.exit(interrupted)
      isStopping = true
      err('\nFinishing what runs …\n')
      const drained = await app.stop()
      if (!drained) err('postern: requests were still running after 10 s and were cut\n')
      resolve(drained ? exitCode.done : exitCode.failed)
    }
    process.on('SIGINT', () => void stop())
    process.on('SIGTERM', () => {
      // A supervisor may repeat it; only a person at a terminal means "now".
      if (!isStopping) void stop()
    })
  })
}

/** A throw that nobody caught is a defect of one plugin or one request: the process serves on. */
function surviveDefects(log: Logger): void {
  process.on('uncaughtException', (error) =>
    log.error({ err: error, plugin: pluginOf(error) }, 'An error was caught by nobody'),
  )
  process.on('unhandledRejection', (error) =>
    log.error({ err: error, plugin: pluginOf(error) }, 'A rejected promise was handled by nobody'),
  )
}

/** The plugin in whose code it was thrown, by the stack. */
const pluginOf = (error: unknown): string | undefined =>
  error instanceof Error ? /(?:plugin-|plugins\/)([a-z0-9-]+)/.exec(error.stack ?? '')?.[1] : undefined

async function welcome(app: Application, { out }: Output): Promise<void> {
  const { config, address, firstRun } = app
  const host = config.APP_HOST === '127.0.0.1' || config.APP_HOST === '0.0.0.0' ? 'localhost' : config.APP_HOST
  const base = `http://${host}:${address?.port ?? config.APP_PORT}`
  const account = firstRun?.email ?? config.INIT_ROOT_EMAIL
  const plugins = (await app.plugins.list()).map(
    ({ name, state, error }) => `  ${name}: ${state}${error === null ? '' : ` (${error})`}`,
  )
  const body = `{"account":"${account}","password":"…"}`
  out(
    [
      '',
      `Postern listens on ${base}`,
      `  API     ${base}${config.API_PREFIX}`,
      `  Health  ${base}/healthz  ${base}/readyz`,
      ...(firstRun ? ['', `The first user is made: ${firstRun.email} (or "root"), with the role root.`] : []),
      ...(firstRun?.password ? [`  Its password, shown this once: ${firstRun.password}`] : []),
      '',
      'Plugins',
      ...(plugins.length === 0 ? ['  none found'] : plugins),
      '',
      'What to try next, in another terminal',
      '  npx postern plugin list',
      '  npx postern collection create todos title:string completed:boolean',
      `  curl -X POST ${base}${config.API_PREFIX}/auth:signIn -H 'Content-Type: application/json' -d '${body}'`,
      '',
    ].join('\n'),
  )
}

export function startCommand(program: Command, cli: Cli): void {
  program
    .command('start')
    .description('Start the server')
    .option('--safe', 'switch no plugin on')
    .addHelpText('after', '\nExample:\n  $ postern start')
    .action(async ({ safe = false }: { safe?: boolean }) => {
      const config = await loadConfig()
      const log = await createLogger({ level: config.LOG_LEVEL, descriptor: 1, pretty: process.stdout.isTTY })
      surviveDefects(log)
      const app = await createApp({
        config,
        log,
        mode: 'server',
        safe,
        onProgress: (message) => cli.output.out(`${message}\n`),
      })
      await welcome(app, cli.output)
      cli.exitCode = await untilStopped(app, cli.output)
    })
}
