import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import { createKeyApp, makeKey, post, useKey, type MadeKey } from './key-app.js'

let app: TestApp
let ann: TestUser

beforeAll(async () => {
  app = await createKeyApp({ settings: { TRUSTED_PROXIES: '127.0.0.1' } })
  await app.collection('news', { title: 'string' })
  await app.grant('editor', 'news', ['list'])
  ann = await app.user('ann', { roles: ['editor'] })
  await post(app, 'todos:create', (await makeKey(app, ann)).token, { title: 'first' })
})
afterAll(() => app?.close())

const outcome = async (key: MadeKey, method: string, path: string, body?: object): Promise<string> => {
  const { status, body: answer } = await app.request(method, `/api/${path}`, { token: key.token, body })
  return status === 200 ? '200' : `${status} ${answer.errors[0].code}`
}

describe('a key with scopes', () => {
  it('may do what they name of what its role may, and nothing else', async () => {
    const scopes = [
      { resource: 'todos', actions: ['list', 'get'] },
      { resource: 'news', actions: ['list'] },
    ]
    const key = await makeKey(app, ann, { scopes })
    expect(key).toMatchObject({ scopes })
    expect(await outcome(key, 'GET', 'todos:list')).toBe('200')
    expect(await outcome(key, 'GET', 'todos/1')).toBe('200')
    expect(await outcome(key, 'GET', 'news')).toBe('200')
    expect(await outcome(key, 'POST', 'todos', { title: 'x' })).toBe('403 INSUFFICIENT_SCOPE')
    expect(await outcome(key, 'DELETE', 'todos/1')).toBe('403 INSUFFICIENT_SCOPE')
    expect(await outcome(key, 'GET', 'users')).toBe('403 NO_PERMISSION')
    expect(await outcome(key, 'GET', 'auth:check')).toBe('200')
  })

  it('gives its role away for all of a resource where the role has all of it', async () => {
    const key = await makeKey(app, ann, { scopes: [{ resource: 'todos', actions: ['*'] }] })
    expect(await outcome(key, 'POST', 'todos', { title: 'x' })).toBe('200')
    const answer = await post(app, 'apiKeys:create', ann.token, {
      ...{ name: 'x', role: 'editor', scopes: [{ resource: 'news', actions: ['*'] }] },
    })
    expect(answer.status).toBe(400)
  })

  it('can be made narrower, at once, and not wider', async () => {
    const key = await makeKey(app, ann, { scopes: [{ resource: 'todos', actions: ['list', 'create'] }] })
    expect(await outcome(key, 'POST', 'todos', { title: 'x' })).toBe('200')
    const change = (scopes: unknown) => post(app, `apiKeys:update/${key.id}`, ann.token, { scopes })
    const narrower = [{ resource: 'todos', actions: ['list'] }]
    expect((await change(narrower)).body.data).toMatchObject([{ scopes: narrower }])
    expect(await outcome(key, 'POST', 'todos', { title: 'x' })).toBe('403 INSUFFICIENT_SCOPE')
    for (const wider of [
      null,
      [],
      [{ resource: 'todos', actions: ['*'] }],
      [{ resource: 'todos', actions: ['list', 'create'] }],
      [...narrower, { resource: 'news', actions: ['list'] }],
    ]) {
      const answer = await change(wider)
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: 'INVALID_VALUE' }] } })
    }
    expect(await outcome(key, 'GET', 'todos')).toBe('200')
    expect(await outcome(key, 'GET', 'news')).toBe('403 INSUFFICIENT_SCOPE')
  })

  it('can be given to a key that had none, within its role', async () => {
    const key = await makeKey(app, ann)
    const beyond = { scopes: [{ resource: 'users', actions: ['list'] }] }
    expect((await post(app, `apiKeys:update/${key.id}`, ann.token, beyond)).status).toBe(400)
    const within = { scopes: [{ resource: 'news', actions: ['list'] }] }
    expect((await post(app, `apiKeys:update/${key.id}`, ann.token, within)).status).toBe(200)
    expect(await outcome(key, 'GET', 'todos')).toBe('403 INSUFFICIENT_SCOPE')
  })
})

describe('a key for reading', () => {
  it('reads whatever its role may read, and changes nothing', async () => {
    const key = await makeKey(app, ann, { readOnly: true })
    expect(await outcome(key, 'GET', 'todos:list')).toBe('200')
    expect(await outcome(key, 'POST', 'todos:list')).toBe('200')
    expect(await outcome(key, 'POST', 'todos:create', { title: 'x' })).toBe('403 INSUFFICIENT_SCOPE')
    expect(await outcome(key, 'PATCH', 'todos/1', { title: 'x' })).toBe('403 INSUFFICIENT_SCOPE')
    expect(await outcome(key, 'DELETE', 'todos/1')).toBe('403 INSUFFICIENT_SCOPE')
  })

  it('stays one', async () => {
    const key = await makeKey(app, ann, { readOnly: true })
    expect((await post(app, `apiKeys:update/${key.id}`, ann.token, { readOnly: false })).status).toBe(400)
    expect((await post(app, `apiKeys:update/${key.id}`, ann.token, { readOnly: true })).status).toBe(200)
  })

  it('can still end itself', async () => {
    const key = await makeKey(app, ann, { readOnly: true })
    expect(await outcome(key, 'POST', `apiKeys:destroy/${key.id}`)).toBe('200')
    expect((await useKey(app, key)).status).toBe(401)
  })
})

describe('a key with addresses', () => {
  const from = async ({ token }: MadeKey, address: string) => {
    const answer = await app.request('GET', '/api/todos:list', { token, headers: { 'X-Forwarded-For': address } })
    return answer.status === 200 ? 200 : `${answer.status} ${answer.body.errors[0].code}`
  }
  const refused = '403 IP_NOT_ALLOWED'

  it('answers to those, in IPv4 and IPv6, and to no others', async () => {
    const key = await makeKey(app, ann, { allowedIps: ['203.0.113.7', '10.0.0.0/8', '2001:db8::/32'] })
    for (const address of ['203.0.113.7', '10.200.3.4', '2001:db8:1::7', '::ffff:203.0.113.7']) {
      expect([address, await from(key, address)]).toEqual([address, 200])
    }
    for (const address of ['203.0.113.8', '11.0.0.1', '2001:db9::1', '127.0.0.1', '::1']) {
      expect([address, await from(key, address)]).toEqual([address, refused])
    }
  })

  it('takes IPv4 that is written as IPv6 for IPv4', async () => {
    const key = await makeKey(app, ann, { allowedIps: ['::ffff:10.0.0.0/104'] })
    expect(await from(key, '10.9.9.9')).toBe(200)
    expect(await from(key, '11.9.9.9')).toBe(refused)
  })

  it('answers to every address when there is none in the list', async () => {
    expect(await from(await makeKey(app, ann, { allowedIps: [] }), '198.51.100.1')).toBe(200)
  })

  it('changes them, at once', async () => {
    const key = await makeKey(app, ann, { allowedIps: ['10.0.0.1'] })
    expect(await from(key, '10.0.0.2')).toBe(refused)
    await post(app, `apiKeys:update/${key.id}`, ann.token, { allowedIps: ['10.0.0.2'] })
    expect(await from(key, '10.0.0.2')).toBe(200)
    expect(await from(key, '10.0.0.1')).toBe(refused)
    const cleared = await post(app, `apiKeys:update/${key.id}`, ann.token, { allowedIps: [] })
    expect(cleared.body.data).toMatchObject([{ allowedIps: [] }])
    expect(await from(key, '10.0.0.1')).toBe(200)
    expect((await post(app, `apiKeys:update/${key.id}`, ann.token, { allowedIps: ['x'] })).status).toBe(400)
  })
})

describe('auth:check with a key', () => {
  it('says what it is, and leaves out what does not apply', async () => {
    const whole = await makeKey(app, ann, { expiresIn: 'never' })
    const check = async ({ token }: MadeKey) => (await app.request('GET', '/api/auth:check', { token })).body.data
    const plain = await check(whole)
    expect(plain).toMatchObject({ id: ann.id, roles: ['editor'] })
    expect(plain.credential).toEqual({ kind: 'apiKey', id: whole.id, name: 'cron', roleName: 'editor' })
    const scopes = [{ resource: 'todos', actions: ['list'] }]
    const narrow = await makeKey(app, ann, { scopes, readOnly: true })
    expect((await check(narrow)).credential).toEqual({
      ...{ kind: 'apiKey', id: narrow.id, name: 'cron', roleName: 'editor' },
      ...{ scopes, readOnly: true, expiresAt: narrow.expiresAt },
    })
  })
})

describe('X-Api-Key-Expires-At', () => {
  it('is in every answer in the last seven days of a key, and not before', async () => {
    const near = await makeKey(app, ann, { expiresIn: '6d' })
    for (const path of ['todos:list', 'nothing:list', 'users:list']) {
      const { headers } = await app.request('GET', `/api/${path}`, { token: near.token })
      expect(headers['x-api-key-expires-at']).toBe(near.expiresAt)
    }
    for (const expiresIn of ['8d', 'never']) {
      const { headers } = await useKey(app, await makeKey(app, ann, { expiresIn }))
      expect(headers).not.toHaveProperty('x-api-key-expires-at')
    }
  })
})
