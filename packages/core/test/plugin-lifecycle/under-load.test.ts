import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineAction, defineCollection, definePlugin, f } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'

const notes = defineCollection('loadNotes', { title: f.string() })
let release: (() => void) | undefined
let disposed = false

const plugin = definePlugin({
  name: 'load-notes',
  collections: [notes],
  setup: ({ acl, resources, onDispose, jobs, cache, http }) => {
    disposed = false
    acl.grant('anonymous', 'loadNotes', ['list', 'slow'])
    cache.lru('titles', { max: 10 })
    jobs.every('1h', () => undefined)
    http.router().get('/load-notes', (context) => void (context.body = 'ok'))
    onDispose(() => void (disposed = true))
    return resources.define('loadNotes', {
      slow: defineAction({
        summary: 'Takes until it is released',
        run: () => new Promise<string>((resolve) => (release = () => resolve(disposed ? 'too late' : 'done'))),
      }),
    })
  },
})

let app: TestApp
const manager = () => app.application.plugins

beforeAll(async () => {
  app = await createTestApp({ plugins: [plugin] })
  await app.collection('others', { title: 'string' })
  await app.grant('anonymous', 'others', ['list'])
})
afterAll(() => app?.close())

describe('toggles under load', () => {
  it('fail no request elsewhere, and show their own resource whole or not at all', async () => {
    const elsewhere = new Map<number, number>()
    const own = new Map<number, number>()
    let isOver = false
    const ask = async (path: string, seen: Map<number, number>): Promise<void> => {
      while (!isOver) {
        const { status, body } = await app.request('GET', path)
        if (status === 200) expect(body).toMatchObject({ data: [], meta: { count: 0 } })
        seen.set(status, (seen.get(status) ?? 0) + 1)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    const load = [
      ...Array.from({ length: 4 }, () => ask('/api/others:list', elsewhere)),
      ...Array.from({ length: 2 }, () => ask('/api/loadNotes:list', own)),
    ]
    for (let round = 0; round < 15; round++) {
      await manager().disable('load-notes', 'test')
      await manager().enable('load-notes', 'test')
    }
    isOver = true
    await Promise.all(load)
    expect([...elsewhere.keys()]).toEqual([200])
    expect([...own.keys()].filter((status) => status !== 200 && status !== 404)).toEqual([])
  })

  it('let calls in flight finish before anything is undone', async () => {
    const running = app.request('POST', '/api/loadNotes:slow')
    while (!release) await new Promise((resolve) => setTimeout(resolve, 5))
    const off = manager().disable('load-notes', 'test')
    while ((await app.request('GET', '/api/loadNotes:list')).status !== 404)
      await new Promise((resolve) => setTimeout(resolve, 5))
    expect(disposed).toBe(false)
    release()
    expect((await running).body).toEqual({ data: 'done' })
    await off
    expect(disposed).toBe(true)
    await manager().enable('load-notes', 'test')
  })
})

/** Bytes that are still reachable. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') Reflect.apply(collect, undefined, [])
  return process.memoryUsage().heapUsed
}

describe('two hundred cycles', () => {
  it('leave registries, timers and listeners where they were, and the heap within 8 MB', async () => {
    const sizes = () => {
      const { host } = app.application
      const { collections, resources, acl, hooks, written, events, middleware, routers, services, commands, jobs } =
        host
      return {
        registries: [
          collections,
          resources,
          acl,
          hooks,
          written,
          events,
          middleware,
          routers,
          services,
          commands,
          jobs,
        ].map(({ size }) => size),
        strategies: host.authenticator.strategies.size,
      }
    }
    const listeners = () => new Map(process.eventNames().map((name) => [name, process.listenerCount(name)]))
    const connections = async () =>
      (
        await app.application.db
          .sql`SELECT count(*) AS "count" FROM pg_stat_activity WHERE datname = current_database()`
      ).rows[0]?.['count']
    const cycles = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round++) {
        await manager().disable('load-notes', 'test')
        await manager().enable('load-notes', 'test')
      }
    }
    // What is compiled and kept once is no leak.
    await cycles(20)
    const [before, heard, connected, heap] = [sizes(), listeners(), Number(await connections()), heapUsed()]
    await cycles(200)
    expect(sizes()).toEqual(before)
    // Fewer there may be: the process is also that of the tests before this one.
    expect([...listeners()].filter(([name, count]) => count > (heard.get(name) ?? 0))).toEqual([])
    expect(heapUsed() - heap).toBeLessThan(8 * 1_048_576)
    expect(Number(await connections())).toBeLessThanOrEqual(Math.max(connected, 15))
    expect((await app.request('GET', '/api/loadNotes:list')).status).toBe(200)
    expect((await app.request('GET', '/load-notes')).text).toBe('ok')
  }, 60_000)
})
