import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import apiKeys from '../src/index.js'
import { createKeyApp, makeKey, post, useKey, type MadeKey } from './key-app.js'

let app: TestApp
/** A second server on the same database. */
let node: TestApp
let ann: TestUser

beforeAll(async () => {
  app = await createKeyApp()
  node = await createKeyApp({ database: app.database, clock: app.clock })
  ann = await app.user('ann', { roles: ['editor'] })
})
afterAll(async () => {
  await node?.close()
  await app?.close()
})

const usageOf = async ({ id }: Pick<MadeKey, 'id'>, server = app, token = ann.token) =>
  (await server.request('GET', `/api/apiKeys:usage/${id}`, { token })).body.data

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const today = (): string => new Date(app.clock.now()).toISOString().slice(0, 10)

describe('apiKeys:usage', () => {
  it('says how many requests there were, by day and by what was answered, and from where the last one came', async () => {
    const key = await makeKey(app, ann)
    expect(await usageOf(key)).toEqual({ lastUsedAt: null, lastUsedFrom: null, total: 0, days: [] })
    await app.request('GET', '/api/todos:list', { token: key.token, headers: { 'User-Agent': 'cron/1.0' } })
    await app.request('GET', '/api/users:list', { token: key.token })
    await app.request('GET', '/api/todos:get/999', { token: key.token, headers: { 'User-Agent': 'curl/8\u00e9' } })
    const usage = await usageOf(key)
    expect(usage).toEqual({
      lastUsedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      lastUsedFrom: { address: '127.0.0.1', client: 'curl/8?' },
      total: 3,
      days: [{ date: today(), requests: 3, byStatus: { '2xx': 1, '4xx': 2, '5xx': 0 } }],
    })
    const { body } = await app.request('GET', `/api/apiKeys:get/${key.id}`, { token: ann.token })
    expect(body.data.lastUsedAt).toBe(usage.lastUsedAt)
  })

  it('adds up what all nodes counted, day after day', async () => {
    const key = await makeKey(app, ann)
    await Promise.all(Array.from({ length: 40 }, (_, index) => useKey(index % 2 === 0 ? app : node, key)))
    await usageOf(key, node)
    expect(await usageOf(key)).toMatchObject({ total: 40 })
    app.clock.advance(86_400_000)
    await useKey(node, key)
    await usageOf(key, node)
    const { total, days } = await usageOf(key)
    expect(total).toBe(41)
    expect(days.map(({ requests }: { requests: number }) => requests)).toEqual([40, 1])
  })

  it('is stored by itself within seconds, and no request writes', async () => {
    const key = await makeKey(app, ann)
    await useKey(app, key)
    const statements = jest.spyOn(app.application.connection, 'run')
    await useKey(app, key)
    expect(statements.mock.calls.filter(([{ text }]) => /^\s*(?:insert|update)/i.test(text))).toEqual([])
    statements.mockRestore()
    const stored = async () => {
      const { rows } = await app.application.db.sql`
        SELECT good FROM postern.credential_usage WHERE credential = ${`apiKey-${key.id}`}`
      return rows[0]?.['good'] === 2
    }
    await eventually(stored)
  })

  it('is not lost when the plugin is switched off or the server stops', async () => {
    const third = await createKeyApp({ database: app.database, clock: app.clock })
    const key = await makeKey(app, ann)
    await useKey(third, key)
    await third.close()
    expect(await usageOf(key)).toMatchObject({ total: 1 })
    await useKey(app, key)
    await app.application.plugins.disable('api-keys', 'test')
    await app.application.plugins.enable('api-keys', 'test')
    expect(await usageOf(key)).toMatchObject({ total: 2 })
  })

  it('is kept for later while it cannot be stored', async () => {
    const key = await makeKey(app, ann)
    await useKey(app, key)
    const failing = jest.spyOn(app.application.connection, 'transaction').mockRejectedValue(new Error('away'))
    expect((await usageOf(key)).total).toBe(0)
    await useKey(app, key)
    failing.mockRestore()
    expect(await usageOf(key)).toMatchObject({ total: 2 })
  })

  it('404 for somebody else’s key and for none, 403 for a key; managers see it', async () => {
    const key = await makeKey(app, ann)
    const ben = await app.user('ben', { roles: ['editor'] })
    const ask = (id: number, token: string) => app.request('GET', `/api/apiKeys:usage/${id}`, { token })
    expect((await ask(key.id, ben.token)).text).toBe((await ask(999_999, ann.token)).text)
    expect((await ask(key.id, ben.token)).status).toBe(404)
    expect((await ask(key.id, key.token)).status).toBe(403)
    await app.grant('key manager', 'apiKeys', ['manage'])
    const manager = await app.user('mia', { roles: ['key manager'] })
    expect((await ask(key.id, manager.token)).status).toBe(200)
  })

  it('goes on after the key is gone without a trace in others', async () => {
    const [key, other] = [await makeKey(app, ann), await makeKey(app, ann)]
    await useKey(app, key)
    await useKey(app, other)
    await post(app, `apiKeys:destroy/${key.id}`, ann.token)
    expect(await usageOf(other)).toMatchObject({ total: 1 })
  })
})

it('options say for how long usage and events are kept', () => {
  expect(Object.keys(apiKeys.options)).toEqual(expect.arrayContaining(['usageDays', 'eventDays']))
})
