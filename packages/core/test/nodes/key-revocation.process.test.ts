import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import pg from 'pg'
import { eventually, pause, post, runCommand, signInRoot, startNode, type NodeProcess } from './node-process.js'

interface Key {
  readonly id: number
  readonly token: string
}

let database: TestDatabase
let operator: pg.Client
let nodes: readonly [NodeProcess, NodeProcess, NodeProcess]
let root: string
let owner: { readonly id: number; readonly token: string }
let people = 0

const command = (...words: string[]) => runCommand(words, { databaseUrl: database.url })
/** As an operator would who goes past the server. */
const sql = (text: string, values: readonly unknown[] = []) => operator.query(text, [...values])

/** What the three nodes say to a request with the key that begins now. */
const statuses = ({ token }: Key) => Promise.all(nodes.map((node) => node.status('things:list', token)))

async function makeOwner(): Promise<{ readonly id: number; readonly token: string }> {
  const account = { email: `owner${++people}@example.com`, password: 'a long password' }
  const made = await post(nodes[0].url, 'users:create', root, { ...account, roles: ['reader'] })
  const { id } = made.data as { id: number }
  const signedIn = await post(nodes[0].url, 'auth:signIn', root, { account: account.email, password: account.password })
  return { id, token: (signedIn.data as { token: string }).token }
}

/** A key that every node has in its memory. */
async function makeKnownKey(): Promise<Key> {
  const { data } = await post(nodes[0].url, 'apiKeys:create', owner.token, { name: 'cron', role: 'reader' })
  expect(await statuses(data as Key)).toEqual([200, 200, 200])
  return data as Key
}

beforeAll(async () => {
  database = await createDatabase()
  operator = new pg.Client(database.url)
  await operator.connect()
  const options = { databaseUrl: database.url }
  const first = await startNode(options)
  nodes = [first, ...(await Promise.all([startNode(options), startNode(options)]))]
  root = await signInRoot(first.url)
  await post(first.url, 'collections:create', root, { name: 'things', fields: [{ name: 'title', type: 'string' }] })
  await post(first.url, 'roles:create', root, { name: 'reader' })
  await post(first.url, 'grants:create', root, { role: 'reader', resource: 'things', actions: ['list'] })
}, 60_000)
beforeEach(async () => {
  owner = await makeOwner()
})
afterAll(async () => {
  await Promise.all((nodes ?? []).map((node) => node.stop()))
  await operator?.end()
  await database?.drop()
}, 60_000)

const refused = [401, 401, 401]

describe('401 on every node as soon as the call has answered that', () => {
  it.each([
    ['revokes the key', (key: Key) => post(nodes[1].url, `apiKeys:destroy/${key.id}`, owner.token, {})],
    ['disables it', (key: Key) => post(nodes[1].url, `apiKeys:update/${key.id}`, owner.token, { enabled: false })],
    ['rotates it out', (key: Key) => post(nodes[1].url, `apiKeys:rotate/${key.id}`, owner.token, {})],
    ['revokes all of them', () => post(nodes[2].url, 'apiKeys:revokeAll', owner.token, {})],
    ['takes the role', () => post(nodes[2].url, `users/${owner.id}/roles:remove`, root, ['reader'])],
    ['blocks the owner', () => post(nodes[1].url, `users:update/${owner.id}`, root, { enabled: false })],
    ['deletes the owner', () => post(nodes[1].url, `users:destroy/${owner.id}`, root, {})],
  ])('%s over HTTP', async (_what, end) => {
    const key = await makeKnownKey()
    expect((await end(key)).status).toBe(200)
    expect(await statuses(key)).toEqual(refused)
  })

  it('revokes the key, by a command', async () => {
    const key = await makeKnownKey()
    expect((await command('key', 'revoke', String(key.id))).code).toBe(0)
    expect(await statuses(key)).toEqual(refused)
  }, 60_000)
})

describe('401 on every node within a second of SQL that', () => {
  it.each([
    ['deletes the key', (key: Key) => sql('DELETE FROM "apiKeys" WHERE id = $1', [key.id])],
    ['disables it', (key: Key) => sql('UPDATE "apiKeys" SET enabled = false WHERE id = $1', [key.id])],
    ['moves its end', (key: Key) => sql('UPDATE "apiKeys" SET "expiresAt" = now() WHERE id = $1', [key.id])],
    ['takes the role', () => sql('DELETE FROM "usersRoles" WHERE "userId" = $1', [owner.id])],
    ['blocks the owner', () => sql('UPDATE users SET enabled = false WHERE id = $1', [owner.id])],
    ['deletes the owner', () => sql('DELETE FROM users WHERE id = $1', [owner.id])],
    ['deletes many', () => sql('DELETE FROM "apiKeys"')],
    ['empties the table', () => sql('TRUNCATE "apiKeys"')],
  ])('%s', async (_what, end) => {
    const key = await makeKnownKey()
    await end(key)
    await eventually(async () => (await statuses(key)).every((status) => status === 401), 1000)
    expect(await statuses(key)).toEqual(refused)
  })
})

describe('a node that is paused', () => {
  it('401 at its first request when it goes on: the call that revoked waited until it could not know better', async () => {
    const key = await makeKnownKey()
    nodes[1].child.kill('SIGSTOP')
    try {
      expect((await post(nodes[0].url, `apiKeys:destroy/${key.id}`, owner.token, {})).status).toBe(200)
      expect(await nodes[2].status('things:list', key.token)).toBe(401)
    } finally {
      nodes[1].child.kill('SIGCONT')
    }
    expect(await nodes[1].status('things:list', key.token)).toBe(401)
  }, 60_000)

  it('401 at its first request when the row was deleted with SQL a second before', async () => {
    const key = await makeKnownKey()
    nodes[1].child.kill('SIGSTOP')
    try {
      await sql('DELETE FROM "apiKeys" WHERE id = $1', [key.id])
      await pause(1000)
    } finally {
      nodes[1].child.kill('SIGCONT')
    }
    expect(await nodes[1].status('things:list', key.token)).toBe(401)
  }, 60_000)

  it('200 all the same for a key that is still good', async () => {
    const key = await makeKnownKey()
    nodes[1].child.kill('SIGSTOP')
    await pause(1500)
    nodes[1].child.kill('SIGCONT')
    expect(await statuses(key)).toEqual([200, 200, 200])
  }, 60_000)
})
