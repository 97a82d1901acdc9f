import { describe, expect, it } from '@jest/globals'
import { createToken, defineAction, defineEvent, definePlugin } from '@postern/core'
import { createTestApp } from '@postern/testkit'
import { eventually } from '../eventually.js'
import { logEntries } from './log-entries.js'

const Counter = createToken<{ next(): number }>('counter')
const counted = defineEvent<{ readonly number: number }>('counter/counted')

const counter = definePlugin({
  name: 'counter',
  provides: [Counter],
  setup: ({ events, provide }) => {
    let number = 0
    provide(Counter, {
      next: () => {
        number += 1
        events.emit(counted, { number })
        return number
      },
    })
  },
})

function user(name: string, heard: unknown[]) {
  return definePlugin({
    name,
    requires: { counter: Counter },
    setup: ({ acl, events, resources, services }) => {
      events.on(counted, ({ number }) => void heard.push(number))
      events.on(counted, () => {
        throw new Error('listener boom')
      })
      events.after(`${name}:count`, async (event) => {
        await Promise.resolve()
        heard.push(event)
      })
      acl.grant('anonymous', name, ['count'])
      return resources.define(name, {
        count: defineAction({ summary: 'Count', run: () => services.counter.next() }),
      })
    },
  })
}

describe('provide and services', () => {
  it('give one plugin what another offers; without it neither comes up, and it cannot go away', async () => {
    const app = await createTestApp({ availablePlugins: [counter, user('user', [])] })
    const { plugins } = app.application
    await expect(plugins.enable('user', 'test')).rejects.toMatchObject({
      code: expect.stringMatching(/^PLUGIN_/),
      message: expect.stringContaining('counter'),
    })
    await plugins.enable('counter', 'test')
    await plugins.enable('user', 'test')
    expect((await app.request('POST', '/api/user:count', { body: {} })).body).toEqual({ data: 1 })
    expect(app.application.service(Counter)?.next()).toBe(2)
    await expect(plugins.disable('counter', 'test')).rejects.toMatchObject({
      code: 'PLUGIN_NEEDED',
      message: expect.stringContaining('user'),
    })
    await plugins.disable('user', 'test')
    await plugins.disable('counter', 'test')
    expect(app.application.service(Counter)).toBeUndefined()
    await app.close()
  })

  it('refuses a promise that is not kept, and a second plugin that offers the same', async () => {
    const liar = definePlugin({ name: 'liar', provides: [Counter], setup: () => undefined })
    await expect(createTestApp({ plugins: [liar] })).rejects.toMatchObject({
      message: expect.stringMatching(/liar.*counter/),
    })
    const second = definePlugin({ name: 'second', setup: ({ provide }) => provide(Counter, { next: () => 0 }) })
    await expect(createTestApp({ plugins: [counter, second] })).rejects.toMatchObject({
      message: expect.stringMatching(/"second".*"counter"/),
    })
  })
})

describe('events', () => {
  it('are heard by every listener; one that throws is logged with its plugin and its line, and fails nothing', async () => {
    const heard: unknown[] = []
    const entries = logEntries()
    const app = await createTestApp({ plugins: [counter, user('user', heard)], log: entries.log })
    expect((await app.request('POST', '/api/user:count', { body: {} })).status).toBe(200)
    await eventually(() => heard.length === 2, 5000)
    expect(heard).toEqual([1, expect.objectContaining({ resource: 'user', action: 'count', records: [] })])
    expect(entries.with('listener boom')).toMatchObject([
      {
        plugin: 'user',
        event: 'counter/counted',
        message: 'A listener of plugin "user" failed on counter/counted',
        registeredAt: expect.stringMatching(/events-and-services\.test\.ts:\d+/),
      },
    ])
    await app.close()
  })

  it('are not heard by a plugin that is off', async () => {
    const heard: unknown[] = []
    const app = await createTestApp({ plugins: [counter, user('user', heard)] })
    await app.application.plugins.disable('user', 'test')
    app.application.service(Counter)?.next()
    await app.application.plugins.enable('user', 'test')
    app.application.service(Counter)?.next()
    expect(heard).toEqual([2])
    await app.close()
  })
})
