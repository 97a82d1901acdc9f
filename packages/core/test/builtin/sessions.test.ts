import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, fakeClock, type TestApp } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp({ settings: { LIMIT_FAILED_SIGN_INS: '0' } })
  root = await app.signIn('root')
})
afterAll(() => app?.close())

const check = async (token: string, server = app) => outcome(await get(server, 'auth:check', token))

describe('auth:check', () => {
  it('says who calls, in which roles, and with what', async () => {
    const ann = await app.user('ann', { roles: ['editor'] })
    for (const answer of [await get(app, 'auth:check', ann.token), await post(app, 'auth:check', ann.token)]) {
      expect(answer.body.data).toEqual({
        id: ann.id,
        email: ann.email,
        username: 'ann',
        nickname: null,
        enabled: true,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        updatedAt: expect.any(String),
        createdById: null,
        updatedById: null,
        roles: ['member', 'editor'],
        credential: { kind: 'session', id: expect.any(Number), expiresAt: expect.stringMatching(/Z$/) },
      })
    }
  })

  it('is 401 for nobody in particular, also when somebody granted it', async () => {
    await app.grant('anonymous', 'auth', ['*'])
    for (const path of ['auth:check', 'auth:signOut', 'auth:changePassword']) {
      const body = path.endsWith('Password') ? { oldPassword: 'x', newPassword: 'long-enough' } : {}
      expect([path, outcome(await post(app, path, undefined, body))]).toEqual([path, '401 EMPTY_TOKEN'])
    }
  })
})

describe('a session', () => {
  it('ends in seven days, to the millisecond', async () => {
    const clock = fakeClock('2026-01-01T00:00:00Z')
    const aged = await createTestApp({ clock })
    const token = await aged.signIn('root')
    clock.set('2026-01-07T23:59:59.999Z')
    expect(await check(token, aged)).toBe('200')
    clock.set('2026-01-08T00:00:00Z')
    const answer = await get(aged, 'auth:check', token)
    expect(answer).toMatchObject({ status: 401, body: { errors: [{ code: 'INVALID_TOKEN', reason: 'expired' }] } })
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="api", error="invalid_token"')
    // Also for a node that never saw it while it was good.
    const other = await createTestApp({ clock, database: aged.database })
    expect((await get(other, 'auth:check', token)).body.errors[0].reason).toBe('expired')
    await other.close()
    await aged.close()
  })

  it('that is signed out works no more, and no other one of the user is touched', async () => {
    const [one, other] = [await app.signIn('root'), await app.signIn('root')]
    expect((await post(app, 'auth:signOut', one)).body).toEqual({ data: 'ok' })
    expect([await check(one), await check(other)]).toEqual(['401 INVALID_TOKEN', '200'])
    expect(outcome(await post(app, 'auth:signOut', one))).toBe('401 INVALID_TOKEN')
  })

  it('can be signed out as the published client does it: without a body and a content type', async () => {
    const token = await app.signIn('root')
    const answer = await app.request('POST', '/api/auth:signOut', { token, headers: { 'Content-Length': '0' } })
    expect(answer.status).toBe(200)
    expect(await check(token)).toBe('401 INVALID_TOKEN')
  })
})

describe('auth:changePassword', () => {
  it('ends all other sessions, keeps the calling one, and counts the keys that live on', async () => {
    const bob = await app.user('bob')
    const [here, there] = [bob.token, await app.signIn('bob')]
    expect([await check(here), await check(there)]).toEqual(['200', '200'])
    const body = { oldPassword: bob.password, newPassword: 'another-password' }
    expect(await post(app, 'auth:changePassword', here, body)).toMatchObject({
      status: 200,
      body: { data: { liveApiKeys: 0 } },
    })
    expect([await check(here), await check(there)]).toEqual(['200', '401 INVALID_TOKEN'])
    await expect(app.signIn('bob')).rejects.toThrow('401')
    expect(await check(await app.signIn('bob', 'another-password'))).toBe('200')
  })

  it('is 400 for anything else than two passwords, and changes nothing', async () => {
    const carl = await app.user('carl')
    const { password: oldPassword } = carl
    const newPassword = 'another-password'
    for (const body of [
      { oldPassword: 'wrong-password', newPassword },
      { newPassword },
      { oldPassword, newPassword: 'short' },
      { oldPassword, newPassword: '' },
      { oldPassword, newPassword: '😀😀😀😀' },
      { oldPassword, newPassword: 'x'.repeat(300) },
      { oldPassword, newPassword: null },
      { oldPassword, newPassword, userId: 1 },
      { oldPassword: { $ne: 1 }, newPassword },
      [{ oldPassword, newPassword }],
    ]) {
      expect([body, (await post(app, 'auth:changePassword', carl.token, body)).status]).toEqual([body, 400])
    }
    expect(await check(carl.token)).toBe('200')
    expect(await check(await app.signIn('carl'))).toBe('200')
  })

  it('is 400 with the passwords in the address, where logs would keep them', async () => {
    const query = 'oldPassword=the-password-of-root&newPassword=another-password'
    const headers = { 'Content-Length': '0' }
    const answer = await app.request('POST', `/api/auth:changePassword?${query}`, { token: root, headers })
    expect(answer.status).toBe(400)
    expect(await app.signIn('root')).toMatch(/^pst_/)
  })

  it('lets no sign-in with the old password slip through while it is at work', async () => {
    const dan = await app.user('dan')
    let password = dan.password
    for (let round = 0; round < 2; round++) {
      const next = `the-password-number-${round}`
      const tries = Array.from({ length: 3 }, () =>
        post(app, 'auth:signIn', undefined, { account: dan.email, password }),
      )
      const changed = await post(app, 'auth:changePassword', dan.token, { oldPassword: password, newPassword: next })
      expect(changed.status).toBe(200)
      for (const answer of await Promise.all(tries)) {
        if (answer.status === 200) expect(await check(answer.body.data.token)).toBe('401 INVALID_TOKEN')
      }
      password = next
    }
  })
})

describe('a password that somebody else sets', () => {
  it('ends every session of the user', async () => {
    const eve = await app.user('eve')
    expect(await check(eve.token)).toBe('200')
    expect((await post(app, `users:update/${eve.id}`, root, { password: 'set-by-an-admin' })).status).toBe(200)
    expect(await check(eve.token)).toBe('401 INVALID_TOKEN')
    expect(await check(await app.signIn('eve', 'set-by-an-admin'))).toBe('200')
  })

  it('ends the own other sessions too when it is the own one', async () => {
    const [here, there] = [await app.signIn('root'), await app.signIn('root')]
    const { id } = (await get(app, 'auth:check', here)).body.data
    expect((await post(app, `users:update/${id}`, here, { password: 'the-password-of-root' })).status).toBe(200)
    expect([await check(here), await check(there)]).toEqual(['200', '401 INVALID_TOKEN'])
    root = here
  })
})
