import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { definePlugin } from '@postern/core'
import type { TestApp, TestUser } from '@postern/testkit'
import { apiKeyExpiring } from '../src/index.js'
import { tellExpiring } from '../src/events.js'
import { createKeyApp, makeKey, post, useKey, type MadeKey } from './key-app.js'

const told: unknown[] = []
const listener = definePlugin({
  name: 'listener',
  setup: ({ events }) => events.on(apiKeyExpiring, (event) => void told.push(event)),
})

let app: TestApp
let ann: TestUser
let ben: TestUser
let manager: TestUser

beforeAll(async () => {
  app = await createKeyApp({ plugins: [listener], settings: { TRUSTED_PROXIES: '127.0.0.1' } })
  await app.grant('key manager', 'apiKeys', ['manage'])
  ;[ann, ben, manager] = [
    await app.user('ann', { roles: ['editor'] }),
    await app.user('ben', { roles: ['editor'] }),
    await app.user('mia', { roles: ['key manager'] }),
  ]
})
afterAll(() => app?.close())

const eventsOf = async ({ id }: Pick<MadeKey, 'id'>, { token } = ann) => {
  const query = `sort=id&filter=${encodeURIComponent(JSON.stringify({ keyId: id }))}`
  return (await app.request('GET', `/api/apiKeyEvents:list?${query}`, { token })).body.data
}
const namesOf = async (key: Pick<MadeKey, 'id'>, user = ann) =>
  (await eventsOf(key, user)).map(({ event }: { event: string }) => event)

describe('apiKeyEvents', () => {
  it('say what became of a key, who did it, when, from where, and in which request', async () => {
    const answer = await post(app, 'apiKeys:create', ann.token, { name: 'cron', role: 'editor' })
    const key: MadeKey = answer.body.data
    expect(await eventsOf(key)).toEqual([
      {
        id: expect.any(Number),
        at: expect.stringMatching(/Z$/),
        keyId: key.id,
        event: 'created',
        reason: null,
        byUserId: ann.id,
        address: '127.0.0.1',
        requestId: answer.headers['x-request-id'],
      },
    ])
  })

  it('are kept when the key is gone', async () => {
    const key = await makeKey(app, ann)
    for (const enabled of [false, false, true]) await post(app, `apiKeys:update/${key.id}`, ann.token, { enabled })
    await post(app, `apiKeys:update/${key.id}`, ann.token, { readOnly: true, name: 'x' })
    await post(app, `apiKeys:update/${key.id}`, ann.token, { name: 'y' })
    const rotated = await post(app, `apiKeys:rotate/${key.id}`, ann.token, { graceSeconds: 60 })
    await post(app, `apiKeys:destroy/${key.id}`, ann.token)
    expect(await namesOf(key)).toEqual(['created', 'disabled', 'enabled', 'updated', 'rotated', 'revoked'])
    expect(await namesOf(rotated.body.data)).toEqual(['created'])
    await post(app, 'apiKeys:revokeAll', ann.token)
    expect(await namesOf(rotated.body.data)).toEqual(['created', 'revoked'])
  })

  it('say who ended it: a manager, or the key itself', async () => {
    const [key, own] = [await makeKey(app, ann), await makeKey(app, ann)]
    await post(app, `apiKeys:destroy/${key.id}`, manager.token)
    await post(app, `apiKeys:destroy/${own.id}`, own.token)
    expect((await eventsOf(key)).at(-1)).toMatchObject({ event: 'revoked', byUserId: manager.id })
    expect((await eventsOf(own)).at(-1)).toMatchObject({ event: 'revoked', byUserId: ann.id })
  })

  it('say that a key went with its owner, or with its role', async () => {
    const root = await app.signIn('root')
    await app.grant('seasonal', 'todos', ['list'])
    const leaver = await app.user('leaver', { roles: ['editor', 'seasonal'] })
    const [first, second] = [await makeKey(app, leaver, { role: 'seasonal' }), await makeKey(app, leaver)]
    await post(app, 'roles:destroy/seasonal', root)
    await post(app, `users:destroy/${leaver.id}`, root)
    expect(await namesOf(first, manager)).toEqual(['created', 'revoked'])
    expect(await namesOf(second, manager)).toEqual(['created', 'revoked'])
  })

  it('say that a key was refused for address or scope, once for as long as it goes on', async () => {
    const scopes = [{ resource: 'todos', actions: ['list'] }]
    const key = await makeKey(app, ann, { scopes, allowedIps: ['127.0.0.1'] })
    const from = (address: string) =>
      app.request('GET', '/api/todos:list', { token: key.token, headers: { 'X-Forwarded-For': address } })
    for (let time = 0; time < 3; time++) expect((await from('10.9.9.9')).status).toBe(403)
    for (let time = 0; time < 3; time++) {
      expect((await post(app, 'todos:create', key.token, { title: 'x' })).status).toBe(403)
    }
    expect((await useKey(app, key)).status).toBe(200)
    expect((await eventsOf(key)).slice(1)).toMatchObject([
      { event: 'refused', reason: 'address', address: '10.9.9.9', byUserId: ann.id },
      { event: 'refused', reason: 'scope', address: '127.0.0.1', byUserId: ann.id },
    ])
  })

  it('are read by the owner of the key and by managers, and by nobody else', async () => {
    const key = await makeKey(app, ann)
    expect(await namesOf(key)).toEqual(['created'])
    expect(await namesOf(key, manager)).toEqual(['created'])
    expect(await namesOf(key, { ...ann, token: await app.signIn('root') })).toEqual(['created'])
    expect(await namesOf(key, ben)).toEqual([])
    const [event] = await eventsOf(key)
    const path = `/api/apiKeyEvents:get/${event.id}`
    expect((await app.request('GET', path, { token: ann.token })).status).toBe(200)
    expect((await app.request('GET', path, { token: ben.token })).status).toBe(404)
    expect((await app.request('GET', path, { token: key.token })).status).toBe(403)
    expect((await app.request('GET', '/api/apiKeyEvents')).status).toBe(401)
  })

  it('are written by nobody: root neither', async () => {
    const root = await app.signIn('root')
    for (const action of ['create', 'update/1', 'destroy/1']) {
      const answer = await post(app, `apiKeyEvents:${action}`, root, { event: 'created' })
      expect([action, answer.status]).toEqual([action, 403])
    }
    for (const query of ['sort=ownerId', 'fields=ownerId', 'filter={"ownerId":1}']) {
      expect((await app.request('GET', `/api/apiKeyEvents:list?${query}`, { token: root })).status).toBe(400)
    }
  })

  it('hold no secret', async () => {
    const key = await makeKey(app, ann)
    await useKey(app, key)
    const { rows } = await app.application.db.sql`SELECT to_jsonb(event)::text AS row FROM "apiKeyEvents" AS event`
    for (const { row } of rows) expect(String(row)).not.toContain(key.token.slice(-20))
  })
})

describe('the event for plugins', () => {
  it('tells of each key in its last seven days, once', async () => {
    const near = await makeKey(app, ben, { expiresIn: '6d', name: 'near' })
    await makeKey(app, ben, { expiresIn: '8d' })
    await makeKey(app, ben, { expiresIn: 'never' })
    const { db, host } = app.application
    const events = { emit: ({ id }: { readonly id: string }, value: unknown) => host.events.emit(id, value) }
    for (let time = 0; time < 2; time++) await tellExpiring(db, app.clock.now(), events)
    expect(told.filter((event) => (event as { ownerId: number }).ownerId === ben.id)).toEqual([
      { keyId: near.id, ownerId: ben.id, name: 'near', expiresAt: near.expiresAt },
    ])
  })
})
