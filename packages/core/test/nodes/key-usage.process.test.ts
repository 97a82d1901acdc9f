import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { pause, post, signInRoot, startNode } from './node-process.js'

let database: TestDatabase

beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database?.drop())

/** `data.total` of `apiKeys:usage`. */
async function totalOf(url: string, id: number, token: string): Promise<number> {
  const { data } = await post(url, `apiKeys:usage/${id}`, token, {})
  return (data as { total: number }).total
}

it('uses of a key are all stored on SIGTERM; on SIGKILL all but those of the last two seconds', async () => {
  const first = await startNode({ databaseUrl: database.url })
  const root = await signInRoot(first.url)
  const { data } = await post(first.url, 'apiKeys:create', root, { name: 'cron', role: 'root' })
  const { id, token } = data as { id: number; token: string }
  const use = async (url: string, times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      const answer = await fetch(`${url}/api/users:list`, { headers: { authorization: `Bearer ${token}` } })
      expect(answer.status).toBe(200)
    }
  }
  await use(first.url, 30)
  expect(await first.stop('SIGTERM')).toBe(0)

  const second = await startNode({ databaseUrl: database.url })
  expect(await totalOf(second.url, id, root)).toBe(30)
  await use(second.url, 20)
  // Longer than a batch.
  await pause(3000)
  await use(second.url, 5)
  await second.stop('SIGKILL')

  const third = await startNode({ databaseUrl: database.url })
  try {
    const total = await totalOf(third.url, id, root)
    expect(total).toBeGreaterThanOrEqual(50)
    expect(total).toBeLessThanOrEqual(55)
  } finally {
    await third.stop()
  }
}, 90_000)
