import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import { askForKey, createKeyApp, makeKey, payloadOf, post, useKey } from './key-app.js'

let app: TestApp
let ann: TestUser

beforeAll(async () => {
  app = await createKeyApp()
  ann = await app.user('ann', { roles: ['editor', 'To Dos API Role'] })
})
afterAll(() => app?.close())

describe('200 for a role of one’s own', () => {
  it('answers with the record and, this once, the token', async () => {
    const answer = await askForKey(app, ann, { description: 'nightly export', expiresIn: '7d' })
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toBe('private, no-store')
    const { token, ...record } = answer.body.data
    expect(record).toEqual({
      id: expect.any(Number),
      name: 'cron',
      description: 'nightly export',
      roleName: 'editor',
      scopes: null,
      readOnly: false,
      allowedIps: [],
      rateLimit: null,
      enabled: true,
      lastUsedAt: null,
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      lastFour: token.slice(-4),
      createdAt: expect.any(String),
      createdById: ann.id,
    })
    const got = await app.request('GET', `/api/apiKeys:get/${record.id}`, { token: ann.token })
    expect(got.body.data).toEqual(record)
  })

  it('gives a JWT with HS256 that says whose it is, for which role and until when', async () => {
    const { token, expiresAt } = await makeKey(app, ann)
    expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toEqual({
      alg: 'HS256',
      typ: 'JWT',
    })
    const { iat, exp, ...claims } = payloadOf(token)
    expect(claims).toEqual({ userId: ann.id, roleName: 'editor', jti: expect.any(String) })
    expect(Number(exp) * 1000).toBe(Date.parse(expiresAt ?? ''))
    expect(Number(exp) - Number(iat)).toBe(30 * 86_400)
  })

  it('leaves `exp` out of a key without an end', async () => {
    const { token, expiresAt } = await makeKey(app, ann, { expiresIn: 'never' })
    expect(expiresAt).toBeNull()
    expect(payloadOf(token)).not.toHaveProperty('exp')
  })

  it.each(['1d', '7d', '30d', '90d', '12h', 3600])('takes expiresIn %p', async (expiresIn) => {
    expect(await askForKey(app, ann, { expiresIn })).toMatchObject({ status: 200 })
  })

  it('takes a date instead', async () => {
    const { expiresAt } = await makeKey(app, ann, { expiresAt: '2030-01-31T12:00:00+01:00' })
    expect(expiresAt).toBe('2030-01-31T11:00:00.000Z')
  })

  it('takes the role by name or as an object, with blanks in its name too', async () => {
    for (const role of ['To Dos API Role', { name: 'To Dos API Role' }]) {
      expect(await makeKey(app, ann, { role })).toMatchObject({ roleName: 'To Dos API Role' })
    }
  })

  it('counts the characters of a name, not its UTF-16 units', async () => {
    expect(await makeKey(app, ann, { name: '😀'.repeat(255) })).toMatchObject({ name: '😀'.repeat(255) })
  })

  it('keeps markup in a name as text', async () => {
    const name = `<img src=x onerror="alert(1)">'; DROP TABLE "apiKeys"; --`
    const { id } = await makeKey(app, ann, { name })
    const got = await app.request('GET', `/api/apiKeys:get/${id}`, { token: ann.token })
    expect(got.body.data.name).toBe(name)
  })

  it('makes two keys in one second different', async () => {
    app.clock.set('2026-06-01T10:00:00Z')
    const session = { token: await app.signIn('ann') }
    const keys = await Promise.all(Array.from({ length: 20 }, () => makeKey(app, session)))
    expect(new Set(keys.map(({ token }) => token)).size).toBe(20)
    for (const key of keys) expect((await useKey(app, key)).status).toBe(200)
  })

  it('may be off at first', async () => {
    const session = { token: await app.signIn('ann') }
    const key = await makeKey(app, session, { enabled: false })
    expect((await useKey(app, key)).status).toBe(401)
    await post(app, `apiKeys:update/${key.id}`, session.token, { enabled: true })
    expect((await useKey(app, key)).status).toBe(200)
  })

  it('answers to the REST spelling', async () => {
    const body = { name: 'cron', role: 'editor' }
    const answer = await app.request('POST', '/api/apiKeys', { token: await app.signIn('ann'), body })
    expect(answer).toMatchObject({ status: 200, body: { data: { token: expect.any(String) } } })
  })

  it('lets root have a key for root', async () => {
    const session = { token: await app.signIn('root') }
    const key = await makeKey(app, session, { role: 'root' })
    expect((await app.request('GET', '/api/users:list', { token: key.token })).status).toBe(200)
  })
})
