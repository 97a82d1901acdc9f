import { InvalidArgumentError, type Command } from 'commander'
import type { Application } from '../../app/application.js'
import type { Config } from '../../app/config.js'
import { createApp } from '../../app/create-app.js'
import { createLogger } from '../../app/logging.js'
import { AppError } from '../../kernel/errors.js'
import { surviveDefects } from '../defects.js'
import { exitCode } from '../exit-codes.js'
import { print } from '../output.js'
import { define, type Cli, type JsonOption } from '../program.js'
import { PluginWatcher } from '../plugin-watcher.js'
import { isFirstWorker, isWorker, runWorkers } from '../workers.js'
import { whenAskedToStop } from '../stop-signals.js'
import { welcome } from '../welcome.js'

/** Milliseconds that a start which is to be broken off gets to come to a point where everything can be closed. */
const patience = 10_000

interface StartOptions extends JsonOption {
  readonly safe?: boolean
  readonly workers?: number
  /** Run a plugin's new code as soon as it is saved. */
  readonly watch?: boolean
}

/** With `--json` stdout belongs to the one document, so the log and the progress go to stderr. */
async function open(
  config: Config,
  { safe = false, json = false }: StartOptions,
  cli: Cli,
  signal: AbortSignal,
): Promise<Application> {
  const stream = json ? process.stderr : process.stdout
  const log = await createLogger({ level: config.LOG_LEVEL, descriptor: json ? 2 : 1, pretty: stream.isTTY })
  const folders = new Map<string, string>()
  surviveDefects(log, config.root, folders)
  const tell = json ? cli.output.err : cli.output.out
  const app = await createApp({ config, log, mode: 'server', safe, signal, onProgress: (text) => tell(`${text}\n`) })
  for (const { name, folder } of await app.plugins.catalogue.all()) if (folder !== undefined) folders.set(folder, name)
  return app
}

/** A start that waited for its database all the time it has did not lack a precondition: it failed. */
const isGivenUp = (error: unknown): boolean => error instanceof AppError && error.code === 'DATABASE_AWAY'

const isBrokenOff = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

async function start(options: StartOptions, cli: Cli): Promise<void> {
  const { err } = cli.output
  const stopping = { isAsked: false, isUp: false }
  const breakOff = new AbortController()
  const asked = whenAskedToStop().then(() => {
    stopping.isAsked = true
    breakOff.abort()
    err(stopping.isUp ? '\nFinishing what runs …\n' : '\nStopping as soon as the start has come to an end …\n')
    setTimeout(() => void (stopping.isUp || process.exit(exitCode.failed)), patience).unref()
  })
  try {
    const app = await open(await cli.readConfig(), options, cli, breakOff.signal)
    stopping.isUp = true
    const watcher = options.watch === true ? new PluginWatcher(app, cli.output) : undefined
    await watcher?.start()
    // Of several workers, one speaks for all.
    if (!stopping.isAsked && isFirstWorker())
      print(await welcome(app, options.safe === true), options.json === true, cli.output)
    await asked
    watcher?.close()
    const isDrained = await app.stop()
    if (!isDrained) err('postern: requests were still running after 10 s and were cut\n')
    cli.exitCode = isDrained ? exitCode.done : exitCode.failed
  } catch (error) {
    // It was asked to stop before it was up, and did.
    if (stopping.isAsked && isBrokenOff(error)) return
    if (isGivenUp(error)) cli.failureCode = exitCode.failed
    throw error
  }
}

async function startWorkers(count: number, cli: Cli): Promise<void> {
  const config = await cli.readConfig()
  const log = await createLogger({ level: config.LOG_LEVEL, descriptor: 2, pretty: process.stderr.isTTY })
  const allFinished = await runWorkers(count, log)
  cli.exitCode = allFinished ? exitCode.done : exitCode.failed
}

const mostWorkers = 256

function parseWorkers(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= mostWorkers) return count
  throw new InvalidArgumentError(`It must be a number from 1 to ${mostWorkers}.`)
}

export function startCommand(program: Command, cli: Cli): void {
  define(program, 'start', 'Start the server', 'postern start')
    .option('--safe', 'switch no plugin on')
    .option('--workers <count>', 'processes that share the port; one that dies is replaced', parseWorkers)
    .action((options: StartOptions) =>
      options.workers !== undefined && !isWorker() ? startWorkers(options.workers, cli) : start(options, cli),
    )
  define(program, 'dev', 'Start the server, and run new code of plugins as soon as it is saved', 'postern dev').action(
    (options: StartOptions) => start({ ...options, watch: true }, cli),
  )
}
