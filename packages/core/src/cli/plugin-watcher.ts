import { watch, type FSWatcher } from 'node:fs'
import type { Application } from '../app/application.js'
import { AppError } from '../kernel/errors.js'
import type { Output } from './output.js'

/** Milliseconds: editors write a file in several steps. */
const settle = 40
const ignored = /(^|[/\\])(node_modules|dist|\.git|test)([/\\]|$)/

/** Watches the folders of plugins, and runs a plugin's new code as soon as it is saved. */
export class PluginWatcher {
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor(
    private readonly app: Application,
    private readonly output: Output,
  ) {}

  /** Also finds plugins that were written since. */
  async refresh(): Promise<void> {
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
      const message = error instanceof AppError ? error.message : String(error)
      this.output.err(`${message}\nThe version before goes on.\n`)
    }
  }

  #forget(name: string): void {
    this.#watchers.get(name)?.close()
    this.#watchers.delete(name)
  }

  close(): void {
    for (const name of [...this.#watchers.keys()]) this.#forget(name)
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }
}
