import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { CliFolder, Environment } from './cli-folder.js'

/** `postern start` in a process of its own. */
export class RunningServer {
  stdout = ''
  stderr = ''
  readonly #closed: Promise<unknown>

  constructor(private readonly child: ReturnType<CliFolder['spawn']>) {
    child.stdout.on('data', (chunk) => (this.stdout += String(chunk)))
    child.stderr.on('data', (chunk) => (this.stderr += String(chunk)))
    this.#closed = once(child, 'close')
  }

  /** Resolves when it has said where it listens. */
  static async start(
    folder: CliFolder,
    words: readonly string[] = [],
    env: Environment = {},
    options: { readonly detached?: boolean } = {},
  ): Promise<RunningServer> {
    const server = new RunningServer(folder.spawn(['start', ...words], env, options))
    await server.until(() => /"?url"?:|What to try next/.test(server.stdout) || server.hasEnded)
    if (server.hasEnded) throw new Error(`It did not start: ${server.stdout}${server.stderr}`)
    return server
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  get url(): string {
    return /http:\/\/localhost:\d+/.exec(this.stdout)?.[0] ?? ''
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await pause(10)
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  /** To a server that was started `detached`: as a terminal sends it, to the process and all that it started there. */
  signalGroup(name: NodeJS.Signals): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, name)
  }

  /** The exit code. */
  async ended(): Promise<number | null> {
    await this.#closed
    return this.child.exitCode
  }

  async stop(): Promise<number | null> {
    this.signal('SIGTERM')
    return this.ended()
  }

  /** For the end of a test, whatever became of it. A server that is killed would still count as a node for a while. */
  async end(): Promise<void> {
    const killing = setTimeout(() => this.child.kill('SIGKILL'), 5000)
    if (!this.hasEnded) this.signal('SIGTERM')
    await this.#closed
    clearTimeout(killing)
  }
}
