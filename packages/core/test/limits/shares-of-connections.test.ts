import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import pg from 'pg'
import { sql } from '../../src/database/sql.js'
import { get, outcome, post } from '../calls.js'
import { eventually } from '../eventually.js'

let app: TestApp
let flooder: TestUser
let other: TestUser
/** Holds a lock that the reads of the flooder wait for, as long as a test wants. */
let owner: pg.Client
/** Outside of that transaction, which sees what there was when it began. */
let observer: pg.Client

const pool = 8

beforeAll(async () => {
  app = await createTestApp({ settings: { DATABASE_POOL: String(pool) } })
  await app.collection('docs', { body: 'text' })
  await app.collection('todos', { title: 'string' })
  await app.grant('reader', 'docs', ['list', 'create'])
  await app.grant('writer', 'todos', ['list', 'create'])
  flooder = await app.user('flora', { roles: ['reader', 'writer'] })
  other = await app.user('otto', { roles: ['writer'] })
  const { host = '', port = 0, user = '', database = '', password } = app.application.connection.clientConfig
  const client = () => new pg.Client({ host, port, user, database, password: String(password) })
  ;[owner, observer] = [client(), client()]
  for (const one of [owner, observer]) {
    one.on('error', () => undefined)
    await one.connect()
  }
})
afterAll(async () => {
  await owner?.end()
  await observer?.end()
  await app?.close()
})
afterEach(() => owner.query('ROLLBACK'))

/** How many statements on the table wait for the lock. */
async function held(): Promise<number> {
  const { rows } = await observer.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%docs%' AND datname = current_database()`,
  )
  return rows[0]?.count ?? 0
}
const lock = () => owner.query('BEGIN; LOCK TABLE docs')
const filtered = `filter=${encodeURIComponent('{"body":{"$includes":"x"}}')}`
const read = (token: string) => get(app, `docs:list?paginate=false&${filtered}`, token)
const flood = (count: number, token = flooder.token) => Array.from({ length: count }, () => read(token))

describe('while one credential asks for all that it can get', () => {
  it('others read, write, sign in, and end it; what waits goes on in the end', async () => {
    await lock()
    const flooding = flood(pool + 4)
    await eventually(async () => (await held()) >= pool / 2, 4000)
    // Of eight connections a quarter stays.
    expect(await held()).toBeLessThanOrEqual(pool - pool / 4)
    const answers = await Promise.all([
      get(app, 'todos:list', other.token),
      post(app, 'todos:create', other.token, [{ title: 'x' }]),
      post(app, 'auth:signIn', undefined, { account: other.email, password: other.password }),
      get(app, 'auth:check', other.token),
    ])
    expect(answers.map(outcome)).toEqual(['200', '200', '200', '200'])
    await owner.query('ROLLBACK')
    expect((await Promise.all(flooding)).map(outcome)).toEqual(Array.from({ length: pool + 4 }, () => '200'))
  })

  it('another credential of the same user is served too', async () => {
    const second = await app.signIn(flooder.email, flooder.password)
    await lock()
    const flooding = flood(pool)
    await eventually(async () => (await held()) >= pool / 2, 4000)
    expect(outcome(await get(app, 'todos:list', second))).toBe('200')
    await owner.query('ROLLBACK')
    await Promise.all(flooding)
  })

  it('several of them leave some as well, and root can revoke', async () => {
    const root = await app.signIn('root')
    const others = await Promise.all(['ada', 'ben', 'cia'].map((name) => app.user(name, { roles: ['reader'] })))
    await lock()
    const flooding = [flooder, ...others].flatMap(({ token }) => flood(pool, token))
    await eventually(async () => (await held()) >= pool - 1, 4000)
    expect(await held()).toBeLessThanOrEqual(pool)
    expect(outcome(await post(app, `users:update/${flooder.id}`, root, { nickname: 'f' }))).toBe('200')
    await owner.query('ROLLBACK')
    await Promise.all(flooding)
  })
})

describe('a client that has gone', () => {
  const { hostname, port } = { hostname: '127.0.0.1', port: () => Number(new URL(app.url).port) }
  const open = (request: string) => {
    const socket = connect({ host: hostname, port: port() })
    socket.on('error', () => undefined)
    socket.write(request)
    return socket
  }
  const bodyOf = JSON.stringify([{ body: 'gone' }])

  it.each([
    [
      'reads',
      () =>
        `GET /api/docs:list?paginate=false&${filtered} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${flooder.token}\r\n\r\n`,
    ],
    [
      'writes',
      () =>
        `POST /api/docs:create HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${flooder.token}\r\nContent-Type: application/json\r\nContent-Length: ${bodyOf.length}\r\n\r\n${bodyOf}`,
    ],
  ])('leaves no statement behind when it %s, not even one that waits', async (_, request) => {
    await lock()
    const sockets = Array.from({ length: pool + 4 }, () => open(request()))
    await eventually(async () => (await held()) >= pool / 2, 4000)
    for (const socket of sockets) socket.destroy()
    await eventually(async () => (await held()) === 0, 4000)
    await owner.query('ROLLBACK')
    expect(outcome(await read(flooder.token))).toBe('200')
    const { rows } = await app.application.connection.run(sql`SELECT count(*)::int AS n FROM docs WHERE body = 'gone'`)
    expect(rows).toEqual([{ n: 0 }])
  })
})
