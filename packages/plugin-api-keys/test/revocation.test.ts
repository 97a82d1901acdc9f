import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import { createKeyApp, expectRefused, makeKey, post, useKey, type MadeKey } from './key-app.js'

let app: TestApp
/** A second server on the same database, which has every key in its memory before it is revoked on the first. */
let node: TestApp
let ann: TestUser

beforeAll(async () => {
  app = await createKeyApp()
  node = await createKeyApp({ database: app.database })
  ann = await app.user('ann', { roles: ['editor'] })
})
afterAll(async () => {
  await node?.close()
  await app?.close()
})

async function makeKnownKey(body: object = {}): Promise<MadeKey> {
  const key = await makeKey(app, ann, body)
  await expectEverywhere(key)
  return key
}

async function expectEverywhere(key: MadeKey): Promise<void> {
  for (const server of [app, node]) expect((await useKey(server, key)).status).toBe(200)
}

async function expectRefusedEverywhere(key: MadeKey, reason?: string): Promise<void> {
  for (const server of [node, app]) expectRefused(await useKey(server, key), reason)
}

describe('401 at the next request, on every node, for a key that was destroyed', () => {
  it('by its id', async () => {
    const key = await makeKnownKey()
    expect((await post(app, `apiKeys:destroy/${key.id}`, ann.token)).body).toEqual({ data: 1 })
    await expectRefusedEverywhere(key)
  })

  it('with DELETE', async () => {
    const key = await makeKnownKey()
    await app.request('DELETE', `/api/apiKeys/${key.id}`, { token: ann.token })
    await expectRefusedEverywhere(key)
  })

  it('with others, and nobody else’s', async () => {
    const [first, second, left] = [await makeKnownKey(), await makeKnownKey(), await makeKnownKey()]
    const answer = await post(app, `apiKeys:destroy?filterByTk=${first.id},${second.id}`, ann.token)
    expect(answer.body).toEqual({ data: 2 })
    await expectRefusedEverywhere(first)
    await expectRefusedEverywhere(second)
    await expectEverywhere(left)
  })

  it('by a filter', async () => {
    const [key, left] = [await makeKnownKey({ name: 'leaked' }), await makeKnownKey()]
    const filter = encodeURIComponent('{"name":{"$includes":"leak"}}')
    expect((await post(app, `apiKeys:destroy?filter=${filter}`, ann.token)).body).toEqual({ data: 1 })
    await expectRefusedEverywhere(key)
    await expectEverywhere(left)
  })

  it('with more than one message to the other nodes can name', async () => {
    const key = await makeKnownKey({ name: 'one-of-many' })
    await app.application.db.sql`
      INSERT INTO "apiKeys" ("createdAt", "updatedAt", "createdById", name, "roleName", enabled, "lastFour", jti, "tokenHash", "signedBy")
      SELECT now(), now(), ${ann.id}, 'one-of-many', 'editor', true, 'abcd', 'jti-' || n, 'hash-' || n, 'x' FROM generate_series(1, 2000) AS n`
    const answer = await post(app, 'apiKeys:destroy?filter={"name":"one-of-many"}', ann.token)
    expect(answer.body).toEqual({ data: 2001 })
    await expectRefusedEverywhere(key)
  })

  it('on the other node', async () => {
    const key = await makeKnownKey()
    await post(node, `apiKeys:destroy/${key.id}`, ann.token)
    await expectRefusedEverywhere(key)
  })

  it('while requests with it are on their way', async () => {
    const key = await makeKnownKey()
    const running = Array.from({ length: 50 }, () => useKey(node, key))
    await post(app, `apiKeys:destroy/${key.id}`, ann.token)
    const late = await Promise.all(Array.from({ length: 50 }, () => useKey(node, key)))
    expect(new Set(late.map(({ status }) => status))).toEqual(new Set([401]))
    await Promise.all(running)
    await expectRefusedEverywhere(key)
  })

  it('by SQL, where no server knew it yet', async () => {
    const key = await makeKey(app, ann)
    await app.application.db.sql`DELETE FROM "apiKeys" WHERE id = ${key.id}`
    await expectRefusedEverywhere(key)
  })
})

describe('a key that is switched off', () => {
  it('is 401 disabled, on every node, until it is switched on', async () => {
    const key = await makeKnownKey()
    for (let time = 0; time < 2; time++) {
      await post(app, `apiKeys:update/${key.id}`, ann.token, { enabled: false })
      await expectRefusedEverywhere(key, 'disabled')
      await post(app, `apiKeys:update/${key.id}`, ann.token, { enabled: true })
      await expectEverywhere(key)
    }
  })

  it('says why only to whoever has all of it', async () => {
    const key = await makeKnownKey({ enabled: true })
    await post(app, `apiKeys:update/${key.id}`, ann.token, { enabled: false })
    expectRefused(await useKey(app, { token: key.token.slice(0, -1) }))
    expectRefused(await useKey(app, { token: `${key.token}A` }))
    expectRefused(await useKey(app, key), 'disabled')
  })
})

it('nothing is revoked when the call fails', async () => {
  const key = await makeKnownKey()
  const commit = jest.spyOn(app.application.host, 'invalidate').mockRejectedValueOnce(new Error('no luck'))
  expect((await post(app, `apiKeys:destroy/${key.id}`, ann.token)).status).toBe(500)
  commit.mockRestore()
  await expectEverywhere(key)
})
