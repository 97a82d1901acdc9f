import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { definePlugin, refuse } from '@postern/core'
import type { TestApp, TestUser } from '@postern/testkit'
import { askForKey, createKeyApp, makeKey, post, useKey, type MadeKey } from './key-app.js'

/** Credentials of another plugin that stand for a user, as space tokens do. */
const spaceTokens = definePlugin({
  name: 'space-tokens',
  setup: ({ auth }) =>
    auth.strategy('space-token', {
      scheme: { type: 'apiKey', in: 'header', name: 'x-space-token' },
      read: (request) => request.header('x-space-token'),
      verify: async (text) => {
        const [userId, role = ''] = text.split(' ')
        return role === '' ? refuse() : { kind: 'spaceToken', userId: Number(userId), roles: [role] }
      },
    }),
})

let app: TestApp
let ann: TestUser
let root: { readonly token: string }

beforeAll(async () => {
  app = await createKeyApp({ plugins: [spaceTokens] })
  await app.grant('key manager', 'apiKeys', ['*'])
  ann = await app.user('ann', { roles: ['editor', 'key manager'] })
  root = { token: await app.signIn('root') }
})
afterAll(() => app?.close())

const forbidden = { status: 403, body: { errors: [{ code: 'NO_PERMISSION' }] } }
const requests = (id: number): readonly (readonly [string, object])[] => [
  ['apiKeys:create', { name: 'x', role: 'editor' }],
  ['apiKeys:list', {}],
  [`apiKeys:get/${id}`, {}],
  [`apiKeys:update/${id}`, { enabled: false }],
  [`apiKeys:update/${id}`, { name: 'x' }],
]

describe('403 for a key that', () => {
  let plain: MadeKey
  let managing: MadeKey
  let rooted: MadeKey

  beforeAll(async () => {
    plain = await makeKey(app, ann)
    managing = await makeKey(app, ann, { role: 'key manager' })
    rooted = await makeKey(app, root, { role: 'root' })
  })

  it('has no right to keys', async () => {
    for (const [path, body] of requests(plain.id))
      expect(await post(app, path, plain.token, body)).toMatchObject(forbidden)
  })

  it('has a role that may manage keys', async () => {
    for (const [path, body] of requests(plain.id)) {
      expect(await post(app, path, managing.token, body)).toMatchObject(forbidden)
    }
  })

  it('has the role root', async () => {
    for (const role of ['root', 'editor']) {
      expect(await askForKey(app, rooted, { role })).toMatchObject(forbidden)
    }
    for (const [path, body] of requests(rooted.id)) {
      expect(await post(app, path, rooted.token, body)).toMatchObject(forbidden)
    }
  })

  it('asks with the REST spellings', async () => {
    const { token, id } = rooted
    const body = { name: 'x', role: 'root' }
    expect(await app.request('POST', '/api/apiKeys', { token, body })).toMatchObject(forbidden)
    expect(await app.request('GET', '/api/apiKeys', { token })).toMatchObject(forbidden)
    expect(await app.request('GET', `/api/apiKeys/${id}`, { token })).toMatchObject(forbidden)
    expect(await app.request('PATCH', `/api/apiKeys/${id}`, { token, body: { name: 'x' } })).toMatchObject(forbidden)
  })
})

describe('a key', () => {
  it('may end itself', async () => {
    for (const [owner, role] of [
      [ann, 'editor'],
      [ann, 'key manager'],
      [root, 'root'],
    ] as const) {
      const key = await makeKey(app, owner, { role })
      expect(await post(app, `apiKeys:destroy/${key.id}`, key.token)).toMatchObject({ status: 200, body: { data: 1 } })
      expect((await useKey(app, key)).status).toBe(401)
    }
  })

  it('404 for every other key, of its owner too, and those go on working', async () => {
    const [other, foreign] = [await makeKey(app, ann), await makeKey(app, root, { role: 'root' })]
    for (const [owner, role] of [
      [ann, 'editor'],
      [ann, 'key manager'],
      [root, 'root'],
    ] as const) {
      const { token } = await makeKey(app, owner, { role })
      const missing = await post(app, 'apiKeys:destroy/999999', token)
      for (const { id } of [other, foreign]) {
        const answer = await post(app, `apiKeys:destroy/${id}`, token)
        expect([answer.status, answer.text]).toEqual([404, missing.text])
      }
    }
    expect((await useKey(app, other)).status).toBe(200)
    expect((await useKey(app, foreign)).status).toBe(200)
  })

  it('ends nothing but itself by a filter', async () => {
    const [other, key] = [await makeKey(app, ann), await makeKey(app, root, { role: 'root' })]
    const answer = await post(app, 'apiKeys:destroy?filter={"id":{"$gt":0}}', key.token)
    expect(answer.body).toEqual({ data: 1 })
    expect((await useKey(app, other)).status).toBe(200)
    expect((await useKey(app, key)).status).toBe(401)
  })
})

describe('403 for another credential than a session, whatever its roles allow', () => {
  it.each(['member', 'key manager', 'root'])('%s', async (role) => {
    const key = await makeKey(app, ann)
    const headers = { 'X-Space-Token': `${ann.id} ${role}` }
    for (const [path, body] of [...requests(key.id), [`apiKeys:destroy/${key.id}`, {}] as const]) {
      expect(await app.request('POST', `/api/${path}`, { headers, body })).toMatchObject(forbidden)
    }
    expect((await useKey(app, key)).status).toBe(200)
  })

  it('401 for nobody in particular', async () => {
    for (const [path, body] of requests(1))
      expect(await post(app, path, undefined, body)).toMatchObject({ status: 401 })
  })
})
