import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import { createKeyApp, expectRefused, makeKey, post, useKey, type MadeKey } from './key-app.js'

let app: TestApp
/** A second server on the same database. */
let node: TestApp
let ann: TestUser
let ben: TestUser

beforeAll(async () => {
  app = await createKeyApp()
  node = await createKeyApp({ database: app.database, clock: app.clock })
  ann = await app.user('ann', { roles: ['editor'] })
  ben = await app.user('ben', { roles: ['editor'] })
})
afterAll(async () => {
  await node?.close()
  await app?.close()
})

const rotate = (key: Pick<MadeKey, 'id'>, body: unknown = {}, { token } = ann) =>
  post(app, `apiKeys:rotate/${key.id}`, token, body)
const everywhere = async (key: Pick<MadeKey, 'token'>) =>
  Promise.all([app, node].map(async (server) => (await useKey(server, key)).status))

describe('a rotation', () => {
  it('gives a new key with another id that is like the old one, which ends at once', async () => {
    const limits = { scopes: [{ resource: 'todos', actions: ['list'] }], readOnly: true, allowedIps: ['127.0.0.1'] }
    const rest = { description: 'nightly', rateLimit: { limit: 5000, window: 60 } }
    const old = await makeKey(app, ann, { ...limits, ...rest, expiresIn: '7d' })
    expect(await everywhere(old)).toEqual([200, 200])
    const answer = await rotate(old, { graceSeconds: 0 })
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'private, no-store' } })
    const { token, previous, ...record } = answer.body.data
    expect(record).toMatchObject({ name: 'cron', roleName: 'editor', ...limits, ...rest, createdById: ann.id })
    expect(record.id).not.toBe(old.id)
    expect(token).not.toBe(old.token)
    expect(previous).toEqual({ id: old.id, expiresAt: expect.any(String) })
    expect(Date.parse(record.expiresAt) - Date.parse(old.expiresAt ?? '')).toBeLessThan(10_000)
    expect(await everywhere(old)).toEqual([401, 401])
    expect(await everywhere({ token })).toEqual([200, 200])
    const got = await app.request('GET', `/api/apiKeys:get/${record.id}`, { token: ann.token })
    expect(Object.keys(got.body.data)).toEqual(Object.keys(record))
  })

  it('lets both work during the grace, and then only the new one', async () => {
    const old = await makeKey(app, ann, { expiresIn: 'never' })
    const { token, expiresAt, previous } = (await rotate(old, { graceSeconds: 60 })).body.data
    expect(expiresAt).toBeNull()
    expect(Date.parse(previous.expiresAt) - app.clock.now()).toBeLessThanOrEqual(60_000)
    expect(await everywhere(old)).toEqual([200, 200])
    expect(await everywhere({ token })).toEqual([200, 200])
    app.clock.advance(60_001)
    for (const server of [app, node]) expectRefused(await useKey(server, old), 'expired')
    expect(await everywhere({ token })).toEqual([200, 200])
  })

  it('never lets the old one outlive its own end', async () => {
    const old = await makeKey(app, ann, { expiresIn: 30 })
    const { previous } = (await rotate(old, { graceSeconds: 604_800 })).body.data
    expect(previous.expiresAt).toBe(old.expiresAt)
  })

  it('takes no body for an end at once', async () => {
    const old = await makeKey(app, ann)
    const answer = await app.request('POST', `/api/apiKeys:rotate?filterByTk=${old.id}`, { token: ann.token })
    expect(answer.status).toBe(200)
    expect(await everywhere(old)).toEqual([401, 401])
  })
})

describe('409 for a key that', () => {
  it.each([
    ['has expired', { expiresIn: 5 }, () => app.clock.advance(6000)],
    ['is disabled', { enabled: false }, () => undefined],
  ])('%s: nothing is revived', async (_what, body, before) => {
    const old = await makeKey(app, ann, body)
    before()
    expect(await rotate(old)).toMatchObject({ status: 409, body: { errors: [{ code: 'CONFLICT' }] } })
    expect(await everywhere(old)).toEqual([401, 401])
  })

  it('was rotated already, also by two calls at once', async () => {
    const old = await makeKey(app, ann)
    const answers = await Promise.all([rotate(old, { graceSeconds: 60 }), rotate(old, { graceSeconds: 60 })])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect((await rotate(old, { graceSeconds: 600 })).status).toBe(409)
  })
})

describe('404, the same for', () => {
  it('a key that was revoked, one that never was, and somebody else’s, which goes on working', async () => {
    const revoked = await makeKey(app, ann)
    await post(app, `apiKeys:destroy/${revoked.id}`, ann.token)
    const foreign = await makeKey(app, ben)
    const texts = [await rotate(revoked), await rotate({ id: 999_999 }), await rotate(foreign)].map(
      ({ status, text }) => `${status} ${text}`,
    )
    expect(new Set(texts)).toEqual(new Set([`404 {"errors":[{"code":"NOT_FOUND","message":"Not found"}]}`]))
    expect(await everywhere(foreign)).toEqual([200, 200])
  })

  it('a key of somebody else, for a manager too: he would get its token', async () => {
    await app.grant('key manager', 'apiKeys', ['*'])
    const manager = await app.user('mia', { roles: ['key manager'] })
    const foreign = await makeKey(app, ben)
    expect((await rotate(foreign, {}, manager)).status).toBe(404)
    expect(await everywhere(foreign)).toEqual([200, 200])
  })
})

it('403 for a key that wants to rotate itself', async () => {
  const key = await makeKey(app, ann)
  expect(await rotate(key, {}, { ...ann, token: key.token })).toMatchObject({ status: 403 })
})

it.each([-1, 604_801, 1.5, '60', null, {}])('400 for a grace of %p', async (graceSeconds) => {
  const key = await makeKey(app, ann)
  const fault = { code: 'INVALID_VALUE', path: 'graceSeconds' }
  expect(await rotate(key, { graceSeconds })).toMatchObject({ status: 400, body: { errors: [fault] } })
  expect(await everywhere(key)).toEqual([200, 200])
})
