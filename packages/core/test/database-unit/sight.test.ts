import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineCollection, definePlugin, f, type DatabaseHandle } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import pg from 'pg'
import { Connection } from '../../src/database/connection.js'
import { executorOf } from '../../src/database/handle.js'
import { inSavepoint } from '../../src/database/savepoint.js'
import { seeing } from '../../src/database/seeing.js'
import { nothing, settingOf, type Sight } from '../../src/database/sight.js'

const shelves = defineCollection('shelves', { name: f.string() })
const books = defineCollection('books', { title: f.string() }, { shelved: true })
declare module '@postern/core' {
  interface PluginCollectionOptions {
    readonly shelved?: boolean
  }
}
const option = definePlugin({
  name: 'shelved-option',
  collections: [shelves],
  setup: ({ collections }) =>
    collections.option('shelved', { partition: { field: 'shelfId', of: 'shelves' } }, () => undefined),
})
let ownDb: DatabaseHandle
let everything: DatabaseHandle
const library = definePlugin({
  name: 'library',
  collections: [books],
  setup: ({ db, collections }) => {
    ownDb = db
    everything = collections.everyPart(db)
  },
})

let app: TestApp
let connection: Connection
/** Past every policy. */
let owner: pg.Client

const on = (shelf: number): Sight => [settingOf('shelved', shelf)]
const count = { text: 'SELECT count(*)::int AS "count" FROM books', values: [] }
const seen = async (executor: Connection | ReturnType<typeof seeing>, more: object = {}): Promise<unknown> =>
  (await executor.run({ ...count, ...more })).rows[0]?.['count']
const insert = (shelf: number, title = 'x') => ({
  text: `INSERT INTO books ("createdAt", "updatedAt", "shelfId", title) VALUES (now(), now(), $1, $2)`,
  values: [shelf, title],
})

beforeAll(async () => {
  app = await createTestApp({ plugins: [option, library], settings: { DATABASE_POOL: '2' } })
  const { config, log } = app.application
  const { host = '', port = 0, user = '', database = '', password } = app.application.connection.clientConfig
  const settings = { host, port, user, database, password: String(password) }
  connection = new Connection({ settings, poolSize: 1, quickSize: 1, statementTimeout: config.LIMIT_STATEMENT_MS, log })
  owner = new pg.Client({ ...settings })
  // The database is dropped under it.
  owner.on('error', () => undefined)
  await owner.connect()
  await owner.query(`SET postern.part_shelved = '*'`)
  for (const name of ['one', 'two']) await everything.repository(shelves).create({ name })
  await everything.sql`INSERT INTO books ("createdAt", "updatedAt", "shelfId", title)
    SELECT now(), now(), 1, 'mine' FROM generate_series(1, 3) UNION ALL SELECT now(), now(), 2, 'theirs'`
})
afterAll(async () => {
  await owner?.end()
  await connection?.close()
  await app?.close()
})

describe('a statement', () => {
  it('runs as a user for whom policies hold, on every connection', async () => {
    const text = 'SELECT rolsuper OR rolbypassrls AS "exempt" FROM pg_roles WHERE rolname = current_user'
    for (const quick of [true, false]) {
      expect((await connection.run({ text, values: [], quick })).rows).toEqual([{ exempt: false }])
    }
    const forced = `SELECT relrowsecurity AND relforcerowsecurity AS "forced" FROM pg_class WHERE relname = 'books'`
    expect((await connection.run({ text: forced, values: [] })).rows).toEqual([{ forced: true }])
  })

  it('sees nothing unless it says what', async () => {
    for (const quick of [true, false]) {
      for (const prepared of [true, false]) {
        expect(await seen(connection, { quick, prepared })).toBe(0)
        expect(await seen(connection, { quick, prepared, sight: on(1) })).toBe(3)
        expect(await seen(connection, { quick, prepared, sight: on(2) })).toBe(1)
        expect(await seen(connection, { quick, prepared, sight: on(3) })).toBe(0)
        expect(await seen(connection, { quick, prepared, sight: [settingOf('shelved', 'every')] })).toBe(4)
        expect(await seen(connection, { quick, prepared, sight: [settingOf('other', 'every')] })).toBe(0)
        expect(await seen(connection, { quick, prepared })).toBe(0)
      }
    }
    expect(await ownDb.repository(books).find()).toEqual([])
    expect(await ownDb.repository(books).count()).toBe(0)
    expect((await ownDb.sql`SELECT FROM books`).count).toBe(0)
    expect((await ownDb.lookup`SELECT FROM books`).count).toBe(0)
    expect(await everything.repository(books).count()).toBe(4)
  })

  it('writes nothing into another part', async () => {
    const before = await owner.query('SELECT * FROM books ORDER BY id')
    const outside = { code: 'PART_OUTSIDE', status: 403 }
    await expect(connection.run({ ...insert(1), sight: nothing })).rejects.toMatchObject(outside)
    await expect(connection.run({ ...insert(2), sight: on(1) })).rejects.toMatchObject(outside)
    const move = { text: 'UPDATE books SET "shelfId" = 2', values: [], sight: on(1) }
    await expect(connection.run(move)).rejects.toMatchObject(outside)
    const stray = { sight: on(1), values: ['theirs'] }
    expect(await connection.run({ ...stray, text: `UPDATE books SET title = 'x' WHERE title = $1` })).toMatchObject({
      count: 0,
    })
    expect(await connection.run({ ...stray, text: 'DELETE FROM books WHERE title = $1' })).toMatchObject({ count: 0 })
    expect((await owner.query('SELECT * FROM books ORDER BY id')).rows).toEqual(before.rows)
  })

  it('leaves nothing behind on its connection: not when it fails, nor when it is cancelled', async () => {
    const sight = on(1)
    for (const quick of [true, false]) {
      for (const text of ['SELECT 1 / (count(*) - 3) FROM books', 'SELECT nothing FROM books', 'SELEC']) {
        await expect(connection.run({ text, values: [], quick, sight })).rejects.toThrow()
        expect(await seen(connection, { quick })).toBe(0)
      }
      const running = connection.run({ text: 'SELECT pg_sleep(20), count(*) FROM books', values: [], quick, sight })
      const cancel = async (): Promise<void> => {
        const { rowCount } = await owner.query(
          `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep(20)%' AND state = 'active'`,
        )
        if (rowCount === 0) await cancel()
      }
      await Promise.all([expect(running).rejects.toMatchObject({ status: 503 }), cancel()])
      expect(await seen(connection, { quick })).toBe(0)
    }
  })

  it('shares a connection with others that see something else', async () => {
    const wanted = Array.from({ length: 300 }, (_, index) => index % 3)
    const answers = wanted.map((shelf) => {
      const statement = shelf === 0 ? count : { ...count, sight: on(shelf) }
      return connection.run({ ...statement, quick: true, prepared: shelf !== 1 })
    })
    const counts = (await Promise.all(answers)).map(({ rows }) => rows[0]?.['count'])
    expect(counts).toEqual(wanted.map((shelf) => [0, 3, 1][shelf]))
  })
})

describe('a transaction', () => {
  it('sees what it began with, and nothing afterwards', async () => {
    await connection.transaction(async (transaction) => expect(await seen(transaction)).toBe(3), on(1))
    await expect(connection.transaction(() => Promise.reject(new Error('no')), on(1))).rejects.toThrow('no')
    expect(await seen(connection)).toBe(0)
    await connection.transaction(async (transaction) => expect(await seen(transaction)).toBe(0))
  })

  it('takes several statements in one text, as migrations have them', async () => {
    await connection.transaction(async ({ run }) => {
      await run({ text: `UPDATE books SET title = 'a' WHERE title = 'b'; SELECT 1; SELECT 2`, values: [] })
    }, on(1))
  })

  it('keeps the sights of its statements apart, across savepoints and errors', async () => {
    const work = connection.transaction(async (transaction) => {
      const other = seeing(transaction, on(2))
      const fails = inSavepoint(transaction, async () => {
        expect(await seen(other)).toBe(1)
        await other.run({ text: 'SELECT 1 / 0', values: [] })
      })
      await expect(fails).rejects.toThrow()
      expect(await seen(transaction)).toBe(3)
      expect([await seen(other), await seen(seeing(transaction, nothing)), await seen(transaction)]).toEqual([1, 0, 3])
      await inSavepoint(transaction, () => seen(other))
      expect(await seen(transaction)).toBe(3)
      await other.transaction(async (inner) => expect(await seen(inner)).toBe(1))
      await expect(other.run(insert(1))).rejects.toMatchObject({ code: 'PART_OUTSIDE' })
    }, on(1))
    await expect(work).rejects.toThrow('rolled back')
    expect(await seen(connection)).toBe(0)
  })
})

describe('what PostgreSQL does by itself', () => {
  it('checks and follows keys into every part', async () => {
    const gone = await everything.repository(shelves).create({ name: 'gone' })
    await executorOf(everything).run(insert(gone.id, 'goes too'))
    await ownDb.repository(shelves).destroy({ filter: { id: gone.id } })
    expect((await owner.query(`SELECT FROM books WHERE title = 'goes too'`)).rowCount).toBe(0)
    await expect(executorOf(everything).run(insert(999))).rejects.toMatchObject({ status: 400 })
  })
})
