import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { defineAction, definePlugin } from '@postern/core'
import { createDatabase, createTestApp, type TestApp, type TestDatabase, type TestResponse } from '@postern/testkit'
import { eventually } from '../eventually.js'
import { TcpProxy } from './tcp-proxy.js'

const probe = definePlugin({
  name: 'probe',
  setup: ({ acl, resources, db }) => {
    acl.grant('member', 'probe', ['memory', 'sleep', 'work'])
    return resources.define('probe', {
      memory: defineAction({ summary: 'Touches no database', reads: true, run: () => 'here' }),
      sleep: defineAction({
        summary: 'Is in the database for a while',
        reads: true,
        run: async () => (await db.sql`SELECT pg_sleep(20)`).count,
      }),
      work: defineAction({
        summary: 'Waits inside a transaction',
        run: async (call) => {
          await call.db.sql`SELECT 1`
          await new Promise((resolve) => setTimeout(resolve, 300))
          return (await call.db.sql`SELECT 1`).count
        },
      }),
    })
  },
})

let database: TestDatabase
let proxy: TcpProxy
let app: TestApp
let token: string
/** A good one that the server has not seen. */
let unused: string

beforeAll(async () => {
  database = await createDatabase({ started: true })
  proxy = await TcpProxy.open(database.url)
  app = await createTestApp({ database: { ...database, url: proxy.url }, plugins: [probe] })
  await app.collection('todos', { title: 'string' })
  await app.grant('member', 'todos', ['*'])
  token = (await app.user('ann')).token
})
afterEach(async () => {
  await proxy.set('forward')
  await eventually(async () => (await app.request('GET', '/readyz')).status === 200, 5000)
})
afterAll(async () => {
  await app?.close()
  await proxy?.close()
  await database?.drop()
})

const call = (path: string, body?: unknown): Promise<TestResponse> =>
  app.request('POST', `/api/${path}`, { token, ...(body === undefined ? {} : { body }) })

/** One request for each way to the database: quick reads, the pool, transactions, credentials that are not in memory. */
const everyWay: Readonly<Record<string, () => Promise<TestResponse>>> = {
  'a get': () => app.request('GET', '/api/todos:get/1', { token }),
  'a list': () => app.request('GET', '/api/todos:list', { token }),
  'a create': () => call('todos:create', { title: 'lost' }),
  'a transaction': () => call('probe:work'),
  'a sign-in': () => call('auth:signIn', { account: 'ann@example.com', password: 'the-password-of-ann' }),
  'a credential that is not in memory': () => app.request('GET', '/api/todos:list', { token: unused }),
}

const unavailable = (answer: TestResponse): void => {
  expect({ status: answer.status, code: answer.body?.errors?.[0]?.code }).toEqual({ status: 503, code: 'UNAVAILABLE' })
  expect(answer.headers['retry-after']).toMatch(/^\d+$/)
}

describe.each(['refuse', 'swallow'] as const)('503 while the database is away and its network would %s', (mode) => {
  it('whichever way a request goes to it, before long, and 200 again within 5 s of its return', async () => {
    await call('todos:create', { title: 'kept' })
    unused = await app.signIn('ann')
    const running = [call('probe:work'), app.request('GET', '/api/probe:sleep', { token })]
    await new Promise((resolve) => setTimeout(resolve, 150))
    await proxy.set(mode)
    const started = performance.now()
    const answers = await Promise.all([...running, ...Object.values(everyWay).map((send) => send())])
    expect(performance.now() - started).toBeLessThan(10_000)
    for (const answer of answers) unavailable(answer)
    expect((await app.request('GET', '/healthz')).status).toBe(200)
    const ready = await app.request('GET', '/readyz')
    expect(ready.status).toBe(503)
    expect(ready.body).toMatchObject({ ready: false, database: false })
    await proxy.set('forward')
    for (const send of Object.values(everyWay)) {
      await eventually(async () => (await send()).status !== 503, 5000)
    }
    expect((await app.request('GET', '/api/todos:list', { token })).body.data).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ title: 'kept' })]),
    )
  })

  it('also what a credential in memory would open, once the lease has run out; never 401', async () => {
    const ask = () => app.request('GET', '/api/probe:memory', { token })
    expect((await ask()).status).toBe(200)
    await proxy.set(mode)
    const seen = new Set<number>()
    await eventually(async () => {
      const { status } = await ask()
      seen.add(status)
      return status === 503
    }, 10_000)
    expect([...seen].filter((status) => status !== 200 && status !== 503)).toEqual([])
    unavailable(await ask())
  })
})
