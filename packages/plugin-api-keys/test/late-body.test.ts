import http from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import { createKeyApp, makeKey, post, useKey, type MadeKey } from './key-app.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createKeyApp()
  root = await app.signIn('root')
})
afterAll(() => app?.close())

/** A write whose body ends only after something else has happened. */
async function late(token: string, meanwhile: () => Promise<unknown>): Promise<number | undefined> {
  const body = '{"title":"late"}'
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': body.length,
  }
  const request = http.request(`${app.url}/api/todos:create`, { method: 'POST', headers })
  const answered = new Promise<number | undefined>((resolve, reject) => {
    request.on('response', (response) => resolve(response.resume().statusCode))
    request.on('error', reject)
  })
  request.write(body.slice(0, 1))
  // Two requests later the first one has been looked at.
  for (let count = 0; count < 2; count++) await useKey(app, { token })
  await meanwhile()
  request.end(body.slice(1))
  return answered
}

const stored = async (): Promise<number> =>
  (await app.request('GET', '/api/todos:list', { token: root })).body.meta.count

describe('a body that comes after the credential has ended', () => {
  const ends: readonly [string, (key: MadeKey, owner: TestUser) => Promise<unknown>, number][] = [
    ['revoked', (key, owner) => post(app, `apiKeys:destroy/${key.id}`, owner.token, {}), 401],
    ['disabled', (key, owner) => post(app, `apiKeys:update/${key.id}`, owner.token, { enabled: false }), 401],
    ['rotated', (key, owner) => post(app, `apiKeys:rotate/${key.id}`, owner.token, { graceSeconds: 0 }), 401],
    ['for reading only', (key, owner) => post(app, `apiKeys:update/${key.id}`, owner.token, { readOnly: true }), 403],
    [
      'from elsewhere',
      (key, owner) => post(app, `apiKeys:update/${key.id}`, owner.token, { allowedIps: ['10.0.0.1'] }),
      403,
    ],
    ['its owner disabled', (_key, owner) => post(app, `users:update/${owner.id}`, root, { enabled: false }), 401],
    ['its owner without the role', (_key, owner) => post(app, `users/${owner.id}/roles:remove`, root, ['editor']), 401],
    ['its owner gone', (_key, owner) => post(app, `users:destroy/${owner.id}`, root, {}), 401],
  ]

  it.each(ends)('%s: nothing is written', async (name, end, status) => {
    const owner = await app.user(name.replaceAll(' ', '-'), { roles: ['editor'] })
    const key = await makeKey(app, owner)
    const before = await stored()
    expect(await late(key.token, () => end(key, owner))).toBe(status)
    expect(await stored()).toBe(before)
  })

  it('a session that was signed out', async () => {
    const { token } = await app.user('sid', { roles: ['editor'] })
    expect(await late(token, () => post(app, 'auth:signOut', token))).toBe(401)
  })

  it('a request counts once, however often its credential is looked at', async () => {
    const owner = await app.user('limited', { roles: ['editor'] })
    const key = await makeKey(app, owner, { rateLimit: { limit: 3, window: 3600 } })
    const answers = await Promise.all([1, 2, 3].map(() => post(app, 'todos:create', key.token, { title: 'x' })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await post(app, 'todos:create', key.token, { title: 'x' })).status).toBe(429)
  })
})
