import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { definePlugin } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import { logEntries } from './log-entries.js'

const events: string[] = []
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const leaver = definePlugin({
  name: 'leaver',
  setup: ({ acl, onDispose, openapi, resources }) => {
    openapi.extend((document, reader) => ({ ...document, 'x-reader': reader.kind }))
    onDispose(() => void events.push('first registered'))
    onDispose(async () => {
      await pause(20)
      events.push('slow')
    })
    onDispose(() => {
      throw new Error('dispose boom')
    })
    onDispose(() => void events.push('last registered'))
    acl.grant('anonymous', 'leaver', ['work'])
    resources.define('leaver', {
      work: {
        summary: 'Work for a while',
        run: async () => {
          events.push('working')
          await pause(60)
          events.push('worked')
          return 'done'
        },
      },
    })
  },
})

const entries = logEntries()
let app: TestApp
beforeAll(async () => {
  app = await createTestApp({ plugins: [leaver], log: entries.log })
})
afterAll(() => app?.close())

const extended = () =>
  [...app.application.host.openapi.active()].reduce<Readonly<Record<string, unknown>>>(
    (document, { value }) => value(document, { kind: 'session', userId: 1, roles: [] }),
    {},
  )

describe('a plugin that is switched off', () => {
  it('adds to the document as long as it is on', async () => {
    expect(extended()).toEqual({ 'x-reader': 'session' })
    await app.application.plugins.disable('leaver', 'test')
    expect(extended()).toEqual({})
    expect(app.application.host.openapi.size).toBe(0)
    await app.application.plugins.enable('leaver', 'test')
    expect(extended()).toEqual({ 'x-reader': 'session' })
  })

  it('finishes its calls first, then undoes one thing after another, the last first; a failure stops none of it', async () => {
    events.length = 0
    const working = app.request('POST', '/api/leaver:work', { body: {} })
    while (!events.includes('working')) await pause(5)
    const result = await app.application.plugins.disable('leaver', 'test')
    expect((await working).body).toEqual({ data: 'done' })
    expect(events).toEqual(['working', 'worked', 'last registered', 'slow', 'first registered'])
    expect(result).toMatchObject({ plugin: 'leaver', state: 'disabled', changed: true })
    expect(JSON.stringify(result)).toContain('did not shut down cleanly')
    expect(entries.with('leaver did not shut down cleanly').at(-1)).toMatchObject({ plugin: 'leaver' })
    expect((await app.request('POST', '/api/leaver:work', { body: {} })).status).toBe(404)
  })

  it('can register nothing more, even when it has kept what setup got', async () => {
    const kept: { late?: () => void } = {}
    const late = definePlugin({
      name: 'late',
      setup: ({ acl, jobs, http }) => {
        kept.late = () => {
          acl.grant('anonymous', 'things', ['*'])
          jobs.every('1s', () => undefined)
          http.router()
        }
      },
    })
    const other = await createTestApp({ plugins: [late] })
    await other.application.plugins.disable('late', 'test')
    expect(() => kept.late?.()).toThrow('"late" is off and can register nothing more')
    await other.close()
  })
})

describe('a throw in setup', () => {
  it('undoes what was registered before it, also what was given to onDispose', async () => {
    const undone: string[] = []
    const failing = definePlugin({
      name: 'failing',
      setup: ({ acl, http, jobs, onDispose }) => {
        acl.grant('anonymous', 'failing', ['*'])
        jobs.every('1s', () => undefined)
        http.router().get('/failing', (context) => {
          context.body = 'x'
        })
        onDispose(() => void undone.push('undone'))
        throw new Error('setup boom')
      },
    })
    const other = await createTestApp({ availablePlugins: [failing] })
    const { acl, jobs, routers } = other.application.host
    const sizes = () => [acl.size, jobs.size, routers.size]
    const before = sizes()
    await expect(other.application.plugins.enable('failing', 'test')).rejects.toThrow('setup boom')
    expect(undone).toEqual(['undone'])
    expect(sizes()).toEqual(before)
    await other.close()
  })
})
