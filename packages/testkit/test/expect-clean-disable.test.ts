import { describe, expect, it } from '@jest/globals'
import { createToken, defineAction, defineCollection, definePlugin, f } from '@postern/core'
import { expectCleanDisable } from '../src/index.js'

const notes = defineCollection('notes', { title: f.string() })
const Pen = createToken<{ write(): string }>('pen')

const tidy = definePlugin({
  name: 'tidy',
  version: '1.0.0',
  collections: [notes],
  provides: [Pen],
  setup: ({ acl, cli, events, hooks, http, onDispose, provide, resources }) => {
    acl.grant('member', 'notes', ['list'])
    acl.restrict(() => undefined)
    resources.define('notes', { sweep: defineAction({ summary: 'Sweep', run: () => 0 }) })
    hooks.before('notes:create', () => undefined)
    events.after('notes:create', () => undefined)
    http.use((_context, next) => next())
    http.router().get('/tidy', (context) => void (context.body = 'tidy'))
    provide(Pen, { write: () => 'ink' })
    cli.command('tidy up', {
      summary: 'Tidy up',
      example: 'postern tidy up',
      run: async () => ({ json: {}, text: '' }),
    })
    const timer = setInterval(() => undefined, 1000)
    const listener = () => undefined
    process.on('SIGUSR2', listener)
    onDispose(() => {
      clearInterval(timer)
      process.off('SIGUSR2', listener)
    })
  },
})

const leaving = (setup: () => void) => definePlugin({ name: 'untidy', setup })

describe('expectCleanDisable', () => {
  it('is content with a plugin that undoes what it did itself', async () => {
    await expectCleanDisable(tidy, { use: (app) => app.as('root').call('notes', 'create', { title: 'x' }) })
  })

  it('names the line that made a timer, also one that would not keep the process alive', async () => {
    const timers: NodeJS.Timeout[] = []
    const plugin = leaving(() => void timers.push(setInterval(() => undefined, 1000).unref()))
    const expectation = expect(expectCleanDisable(plugin)).rejects
    await expectation.toThrow(/left behind:\n {2}a timer, made at .*expect-clean-disable\.test\.ts:\d+:\d+/)
    timers.forEach(clearInterval)
  })

  it('counts listeners of the process', async () => {
    const listener = () => undefined
    const plugin = leaving(() => void process.on('SIGUSR2', listener))
    await expect(expectCleanDisable(plugin)).rejects.toThrow('listeners of process "SIGUSR2": 0 before, 3 after')
    process.removeAllListeners('SIGUSR2')
  })

  it('finds what is made only in use', async () => {
    const timers: NodeJS.Timeout[] = []
    const use = async () => void timers.push(setTimeout(() => undefined, 60_000))
    await expect(
      expectCleanDisable(
        leaving(() => undefined),
        { use },
      ),
    ).rejects.toThrow('a timer')
    timers.forEach(clearTimeout)
  })
})
