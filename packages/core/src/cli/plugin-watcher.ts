import { watch, type FSWatcher } from 'node:fs'
import type { Application } from '../app/application.js'
import { AppError } from '../kernel/errors.js'
import type { Output } from './output.js'

/** Milliseconds: editors write a file in several steps. */
const settle = 40
const lookAgain = 1000
const ignored = /(^|[/\\])(node_modules|dist|\.git|test)([/\\]|$)/

/** Watches the folders of plugins, and runs a plugin's new code as soon as it is saved. */
export class PluginWatcher {
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #looking: NodeJS.Timeout | undefined

  constructor(
    private readonly app: Application,
    private readonly output: Output,
  ) {}

  async start(): Promise<void> {
    await this.#refresh()
    // Plugins that are written while it runs are watched from then on.
    this.#looking = setInterval(() => void this.#refresh(), lookAgain)
  }

  async #refresh(): Promise<void> {
    for (const { name, folder } of await this.app.plugins.catalogue.all()) {
      if (folder === undefined || this.#watchers.has(name)) continue
      const watcher = watch(folder, { recursive: true }, (_event, file) => {
        if (file !== null && !ignored.test(file)) this.#changed(name)
      })
      watcher.on('error', () => this.#forget(name))
      this.#watchers.set(name, watcher)
    }
  }

  #changed(name: string): void {
    clearTimeout(this.#timers.get(name))
    this.#timers.set(
      name,
      setTimeout(() => void this.#reload(name), settle),
    )
  }

  async #reload(name: string): Promise<void> {
    const isOn = this.app.plugins.enabled().some((plugin) => plugin.name === name)
    if (!isOn) return
    const started = performance.now()
    try {
      await this.app.plugins.reload(name, 'dev')
      this.output.out(`${name} reloaded in ${Math.round(performance.now() - started)} ms\n`)
    } catch (error) {
      this.output.err(`${error instanceof AppError ? error.message : String(error)}\nThe version before goes on.\n`)
    }
  }

  #forget(name: string): void {
    this.#watchers.get(name)?.close()
    this.#watchers.delete(name)
  }

  close(): void {
    clearInterval(this.#looking)
    for (const name of [...this.#watchers.keys()]) this.#forget(name)
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }
}
