import { setTimeout as pause } from 'node:timers/promises'
import { type Application, type Plugin } from '@postern/core'
import { processListeners, registrySizes, ResourceWatch, type Counts } from './residue.js'
import { createTestApp, type TestApp } from './test-app.js'
import { type Settings } from './test-settings.js'

export interface CleanDisableOptions {
  /** What the plugin needs; enabled before and left on. */
  readonly plugins?: readonly Plugin[]
  /** Options of the plugin itself. */
  readonly options?: Readonly<Record<string, unknown>>
  readonly settings?: Settings
  /** Uses the plugin while it is on: what is made only then can be left behind too. */
  readonly use?: (app: TestApp) => Promise<unknown>
}

const times = 3
/** Milliseconds for what ends by itself, such as a connection that is being closed. */
const patience = 1000

const everything = (application: Application): Counts => ({ ...registrySizes(application), ...processListeners() })

function differences(before: Counts, after: Counts): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .map((name) => ({ name, was: before[name] ?? 0, is: after[name] ?? 0 }))
    .filter(({ was, is }) => was !== is)
    .map(({ name, was, is }) => `${name}: ${was} before, ${is} after`)
}

async function settled(find: () => readonly string[]): Promise<readonly string[]> {
  const end = Date.now() + patience
  while (find().length > 0 && Date.now() < end) await pause(20)
  return find()
}

/** Switches the plugin on and off. @returns what is left of it */
async function cycle(app: TestApp, name: string, { options, use }: CleanDisableOptions): Promise<readonly string[]> {
  const { plugins } = app.application
  const before = everything(app.application)
  const watch = new ResourceWatch()
  try {
    for (let time = 0; time < times; time++) {
      await plugins.enable(name, 'testkit', options)
      await use?.(app)
      await plugins.disable(name, 'testkit')
    }
    return await settled(() => [...differences(before, everything(app.application)), ...watch.alive()])
  } finally {
    watch.stop()
  }
}

/**
 * Enables and disables a plugin three times on a server of its own, and makes sure that nothing of it remains:
 * registrations, timers, servers, watchers, child processes, listeners of the process.
 *
 * @throws Error naming what remains, and for timers and the like the line that made them
 * @example
 * it('leaves cleanly', () => expectCleanDisable(notes, { use: (app) => app.as('root').call('notes', 'list') }))
 */
export async function expectCleanDisable(plugin: Plugin, options: CleanDisableOptions = {}): Promise<void> {
  const { plugins = [], settings = {} } = options
  const app = await createTestApp({ plugins, availablePlugins: [plugin], settings })
  try {
    const left = await cycle(app, plugin.name, options)
    if (left.length === 0) return
    const list = left.map((line) => `  ${line}`).join('\n')
    throw new Error(`The plugin "${plugin.name}" was enabled and disabled ${times} times, and left behind:\n${list}`)
  } finally {
    await app.close()
  }
}
