import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { createDatabase, createTestApp, type TestDatabase } from '../src/index.js'

async function ask(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

describe('a database', () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await createDatabase()
  })
  afterAll(() => database.drop())

  it('is on the server that the jest project chose', async () => {
    const { rows } = await ask(database.url, 'SELECT current_user AS "user"')
    expect(database.server).toBe(Reflect.get(globalThis, 'testkitServer'))
    expect(rows[0].user === 'postern').toBe(database.server === 'embedded')
  })

  it('is empty, and nobody else’s', async () => {
    const other = await createDatabase()
    await ask(database.url, 'CREATE TABLE mine (id int)')
    const { rows } = await ask(
      other.url,
      `SELECT count(*)::int FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    )
    expect(rows).toEqual([{ count: 0 }])
    await other.drop()
  })

  it('is dropped under those who are still connected', async () => {
    const other = await createDatabase()
    const client = new pg.Client({ connectionString: other.url })
    client.on('error', () => undefined)
    await client.connect()
    await other.drop()
    await expect(ask(other.url, 'SELECT 1')).rejects.toThrow(`database "${other.name}" does not exist`)
    await client.end().catch(() => undefined)
  })
})

describe('a database in which a server has started', () => {
  it('is made many times at once from one template', async () => {
    const databases = await Promise.all(Array.from({ length: 5 }, () => createDatabase({ started: true })))
    expect(new Set(databases.map(({ name }) => name)).size).toBe(5)
    for (const one of databases) {
      const { rows } = await ask(one.url, 'SELECT email FROM users')
      expect(rows).toEqual([{ email: 'root@example.com' }])
      await one.drop()
    }
  })

  it('serves two apps, which are two nodes then', async () => {
    const first = await createTestApp()
    const second = await createTestApp({ database: first.database })
    await first.collection('todos', { title: 'string' })
    expect(await second.as('root').call('todos', 'list')).toEqual([])
    await second.close()
    expect((await first.request('GET', '/readyz')).status).toBe(200)
    await first.close()
  })
})
