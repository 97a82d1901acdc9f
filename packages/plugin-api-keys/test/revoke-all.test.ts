import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import { createKeyApp, makeKey, post, useKey, type MadeKey } from './key-app.js'

let app: TestApp
/** A second server on the same database. */
let node: TestApp
let ann: TestUser
let ben: TestUser
let manager: TestUser

beforeAll(async () => {
  app = await createKeyApp()
  node = await createKeyApp({ database: app.database, clock: app.clock })
  await app.grant('key manager', 'apiKeys', ['manage'])
  ;[ann, ben, manager] = [
    await app.user('ann', { roles: ['editor'] }),
    await app.user('ben', { roles: ['editor'] }),
    await app.user('mia', { roles: ['key manager'] }),
  ]
})
afterAll(async () => {
  await node?.close()
  await app?.close()
})

const statuses = async (...keys: readonly MadeKey[]) => {
  const answers = keys.flatMap((key) => [useKey(node, key), useKey(app, key)])
  return new Set((await Promise.all(answers)).map(({ status }) => status))
}
const two = async (owner: TestUser) => [await makeKey(app, owner), await makeKey(app, owner)] as const

describe('revokeAll', () => {
  it('ends one’s own keys on every node, says how many, and touches no others', async () => {
    const [keys, foreign] = [await two(ann), await makeKey(app, ben)]
    expect(await statuses(...keys, foreign)).toEqual(new Set([200]))
    expect((await post(app, 'apiKeys:revokeAll', ann.token, {})).body).toEqual({ data: 2 })
    expect(await statuses(...keys)).toEqual(new Set([401]))
    expect(await statuses(foreign)).toEqual(new Set([200]))
    expect((await post(app, 'apiKeys:revokeAll', ann.token)).body).toEqual({ data: 0 })
  })

  it('ends those of one user, for a manager', async () => {
    const [keys, foreign] = [await two(ann), await makeKey(app, ben)]
    const answer = await post(app, 'apiKeys:revokeAll', manager.token, { userId: ann.id })
    expect(answer.body).toEqual({ data: 2 })
    expect(await statuses(...keys)).toEqual(new Set([401]))
    expect(await statuses(foreign)).toEqual(new Set([200]))
  })

  it('ends those made before a date, for a manager', async () => {
    const old = await makeKey(app, ben)
    app.clock.advance(60_000)
    const before = new Date(app.clock.now()).toISOString()
    app.clock.advance(1000)
    const young = await makeKey(app, ann)
    const answer = await post(app, 'apiKeys:revokeAll', manager.token, { before })
    expect(answer).toMatchObject({ status: 200 })
    expect(await statuses(old)).toEqual(new Set([401]))
    expect(await statuses(young)).toEqual(new Set([200]))
    await post(app, 'apiKeys:revokeAll', manager.token, { userId: ann.id, before: '2999-01-01' })
    expect(await statuses(young)).toEqual(new Set([401]))
  })

  it('403 for others than managers, and for keys', async () => {
    const key = await makeKey(app, ben)
    for (const [token, body] of [
      [ann.token, { userId: ben.id }],
      [ann.token, { before: '2999-01-01' }],
      [key.token, {}],
    ] as const) {
      const answer = await post(app, 'apiKeys:revokeAll', token, body)
      expect(answer).toMatchObject({ status: 403, body: { errors: [{ code: 'NO_PERMISSION' }] } })
    }
    expect(await statuses(key)).toEqual(new Set([200]))
  })

  it.each([{ userId: 'x' }, { userId: 0 }, { userId: null }, { before: 'soon' }, { before: 7 }, { all: true }])(
    '400 for %j',
    async (body) => {
      const key = await makeKey(app, manager, { role: 'key manager' })
      expect((await post(app, 'apiKeys:revokeAll', manager.token, body)).status).toBe(400)
      expect((await app.request('GET', '/api/auth:check', { token: key.token })).status).toBe(200)
    },
  )
})

describe('whoever is granted manage', () => {
  it('sees and ends the keys of everybody, and cannot call it', async () => {
    const key = await makeKey(app, ben)
    const list = await app.request('GET', '/api/apiKeys:list?paginate=false', { token: manager.token })
    expect(list.body.data).toContainEqual(expect.objectContaining({ id: key.id }))
    expect((await post(app, `apiKeys:update/${key.id}`, manager.token, { enabled: false })).status).toBe(200)
    expect(await statuses(key)).toEqual(new Set([401]))
    expect((await post(app, `apiKeys:destroy/${key.id}`, manager.token)).body).toEqual({ data: 1 })
    expect((await post(app, 'apiKeys:manage', manager.token, {})).status).toBe(404)
  })
})
