import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ReceivedJson, TestApp, TestUser } from '@postern/testkit'
import {
  addMember,
  createWorld,
  data,
  expectNotFound,
  expectRefused,
  get,
  makeToken,
  outcome,
  post,
  type World,
} from './space-app.js'

let world: World
let app: TestApp
let ann: TestUser
let mia: TestUser
let path: string

beforeAll(async () => {
  world = await createWorld()
  ;({ app, ann } = world)
  path = `spaces/${world.a}/tokens`
  mia = await app.user('mia')
  await addMember(app, ann, world.a, mia, 'admin')
})
afterAll(() => app?.close())

const create = (body: object = {}, by: TestUser = ann): Promise<ReceivedJson> =>
  data(post(app, by, `${path}:create`, { name: 'ci', ...body }))
const use = ({ token: spaceToken }: ReceivedJson, server = app) => get(server, { spaceToken }, 'tasks:list')
const rotate = ({ id }: ReceivedJson, body: unknown = {}, by: TestUser = ann) =>
  post(app, by, `${path}:rotate/${id}`, body)

describe('a rotation', () => {
  it('gives a token with another id that is like the old one, which ends at once', async () => {
    const limits = { scopes: [{ resource: 'tasks', actions: ['list'] }], readOnly: true, allowedIps: ['127.0.0.1'] }
    const rest = { description: 'nightly', rateLimit: { limit: 5000, window: 60 } }
    const old = await create({ ...limits, ...rest, expiresIn: '7d' })
    const answer = await rotate(old, { graceSeconds: 0 })
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'private, no-store' } })
    const { token, previous, ...record } = answer.body.data
    expect(record).toMatchObject({ name: 'ci', spaceId: world.a, createdById: ann.id, ...limits, ...rest })
    expect(record.id).not.toBe(old.id)
    expect(previous).toEqual({ id: old.id, expiresAt: expect.any(String) })
    expect(Math.abs(Date.parse(record.expiresAt) - Date.parse(old.expiresAt))).toBeLessThan(10_000)
    expectRefused(await use(old), 'expired')
    expect((await use({ token })).status).toBe(200)
    expect(await data(get(app, ann, `${path}:get/${record.id}`))).toEqual(record)
  })

  it('lets both work during the grace, then only the new one, and never past the old one’s own end', async () => {
    const old = await create({ expiresIn: 'never' })
    const next = await data(rotate(old, { graceSeconds: 60 }))
    expect(next.expiresAt).toBeNull()
    for (const each of [old, next]) expect((await use(each)).status).toBe(200)
    app.clock.advance(60_001)
    expectRefused(await use(old), 'expired')
    expect((await use(next)).status).toBe(200)
    const short = await create({ expiresIn: 30 })
    expect((await data(rotate(short, { graceSeconds: 604_800 }))).previous.expiresAt).toBe(short.expiresAt)
  })

  it.each([-1, 1.5, 604_801, 'x', null])('400 for a grace of %p', async (graceSeconds) => {
    const token = await create()
    expect(await outcome(rotate(token, { graceSeconds }))).toBe('400 INVALID_VALUE')
    expect((await use(token)).status).toBe(200)
  })

  it('409 for what has expired, is disabled, or was rotated already, also by two calls at once', async () => {
    const [expired, disabled, twice] = [
      await create({ expiresIn: 5 }),
      await create({ enabled: false }),
      await create(),
    ]
    app.clock.advance(6000)
    for (const each of [expired, disabled]) {
      expect(await outcome(rotate(each))).toBe('409 CONFLICT')
      expect((await use(each)).status).toBe(401)
    }
    const answers = await Promise.all([rotate(twice, { graceSeconds: 60 }), rotate(twice, { graceSeconds: 60 })])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  })

  it('404 for what was revoked; 403 for what another member made, which goes on working', async () => {
    const [revoked, other] = [await create(), await create({}, mia)]
    await data(post(app, ann, `${path}:destroy/${revoked.id}`))
    await expectNotFound(rotate(revoked))
    expect(await outcome(rotate(other))).toBe('403 NO_PERMISSION')
    expect((await use(other)).status).toBe(200)
  })
})

describe('admins', () => {
  it('see, narrow and revoke the tokens of everybody in their space', async () => {
    const token = await create()
    const record = await data(get(app, mia, `${path}:get/${token.id}`))
    const { token: _secret, ...shown } = token
    expect(record).toEqual(shown)
    expect(await data(post(app, mia, `${path}:update/${token.id}`, { name: 'theirs' }))).toMatchObject([
      { name: 'theirs', createdById: ann.id },
    ])
    expect(await data(post(app, mia, `${path}:destroy/${token.id}`))).toBe(1)
    expectRefused(await use(token))
  })
})

describe('an update', () => {
  it('changes name, description, limits and addresses, at once', async () => {
    const token = await create({ allowedIps: ['10.0.0.1'] })
    const update = (body: object) => post(app, ann, `${path}:update/${token.id}`, body)
    expect(await outcome(use(token))).toBe('403 IP_NOT_ALLOWED')
    const rateLimit = { limit: 1, window: 60 }
    expect(await data(update({ allowedIps: [], rateLimit, description: 'x' }))).toMatchObject([
      { allowedIps: [], rateLimit, description: 'x' },
    ])
    expect(await outcome(use(token))).toBe('200')
    expect(await use(token)).toMatchObject({ status: 429, headers: { 'retry-after': expect.any(String) } })
    expect(await data(update({ rateLimit: null }))).toMatchObject([{ rateLimit: null }])
    expect(await outcome(use(token))).toBe('200')
  })

  it('makes scopes narrower, never wider', async () => {
    const token = await create({ scopes: [{ resource: 'tasks', actions: ['list', 'get'] }] })
    const update = (scopes: unknown) => outcome(post(app, ann, `${path}:update/${token.id}`, { scopes }))
    expect(await update([{ resource: 'tasks', actions: ['list'] }])).toBe('200')
    for (const wider of [
      null,
      [],
      [{ resource: 'tasks', actions: ['*'] }],
      [{ resource: 'tasks', actions: ['get'] }],
    ]) {
      expect(await update(wider)).toBe('400 INVALID_VALUE')
    }
    expect(await outcome(use(token))).toBe('200')
  })

  it.each([
    ['spaceId', 2],
    ['createdById', 2],
    ['expiresAt', '2099-01-01T00:00:00.000Z'],
    ['lastFour', 'abcd'],
    ['tokenHash', 'x'],
    ['token', 'x'],
  ])('400 for %s', async (name, value) => {
    const token = await create()
    const answer = await post(app, ann, `${path}:update/${token.id}`, { [name]: value })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: name }] } })
  })

  it.each(['', '?filter={}', '?filter={"$and":[]}', '?filterByTk='])('400 without a token: %s', async (query) => {
    expect((await post(app, ann, `${path}:update${query}`, { enabled: false })).status).toBe(400)
    expect((await post(app, ann, `${path}:destroy${query}`)).status).toBe(400)
    expect((await get(app, world.ta, 'tasks:list')).status).toBe(200)
  })
})

describe('somebody else’s token', () => {
  it('404, the same to the byte as one that never was, and it goes on working', async () => {
    const { bob, a, b } = world
    const theirs = await data(post(app, bob, `spaces/${b}/tokens:create`, { name: 'theirs' }))
    const all = (space: number, id: number | string) => [
      get(app, ann, `spaces/${space}/tokens:get/${id}`),
      post(app, ann, `spaces/${space}/tokens:update/${id}`, { enabled: false }),
      post(app, ann, `spaces/${space}/tokens:rotate/${id}`, {}),
      post(app, ann, `spaces/${space}/tokens:destroy/${id}`),
      get(app, ann, `spaces/${space}/tokens:usage/${id}`),
    ]
    for (const answers of [all(a, theirs.id), all(b, theirs.id), all(a, 999_999), all(a, 'abc')]) {
      for (const answer of answers) await expectNotFound(answer)
    }
    expect(await data(post(app, ann, `${path}:destroy?filter={"name":"theirs"}`))).toBe(0)
    expect((await use(theirs)).status).toBe(200)
  })
})

describe('usage', () => {
  it('is counted as for keys', async () => {
    const token = await create()
    const usage = () => data(get(app, ann, `${path}:usage/${token.id}`))
    expect(await usage()).toEqual({ lastUsedAt: null, lastUsedFrom: null, total: 0, days: [] })
    await use(token)
    await get(app, { spaceToken: token.token }, 'users:list')
    await get(app, { spaceToken: token.token }, 'tasks:get/999999')
    const date = new Date(app.clock.now()).toISOString().slice(0, 10)
    expect(await usage()).toMatchObject({
      ...{ total: 3, lastUsedFrom: { address: '127.0.0.1' } },
      days: [{ date, requests: 3, byStatus: { '2xx': 1, '4xx': 2, '5xx': 0 } }],
    })
    const { lastUsedAt } = await data(get(app, ann, `${path}:get/${token.id}`))
    expect(lastUsedAt).toBe((await usage()).lastUsedAt)
  })
})

describe('auth:check with a token', () => {
  it('says what it is, and leaves out what does not apply', async () => {
    const check = async ({ token: spaceToken }: ReceivedJson) => data(get(app, { spaceToken }, 'auth:check'))
    const plain = await create({ expiresIn: 'never' })
    const answer = await check(plain)
    expect(answer).toMatchObject({ id: ann.id, email: ann.email, roles: [] })
    expect(answer.credential).toEqual({ kind: 'spaceToken', id: plain.id, name: 'ci', spaceId: world.a })
    const limits = { scopes: [{ resource: 'tasks', actions: ['list'] }], readOnly: true }
    const narrow = await create({ ...limits, rateLimit: { limit: 5, window: 60 } })
    expect((await check(narrow)).credential).toEqual({
      ...{ kind: 'spaceToken', id: narrow.id, name: 'ci', spaceId: world.a, ...limits, expiresAt: narrow.expiresAt },
      rateLimit: { limit: 5, remaining: 4, resetAt: expect.any(String) },
    })
    const near = await create({ expiresIn: '6d' })
    expect((await use(near)).headers['x-space-token-expires-at']).toBe(near.expiresAt)
    expect((await use(plain)).headers).not.toHaveProperty('x-space-token-expires-at')
  })
})

it('of 300 requests at once on a limit of 100 exactly 100 succeed', async () => {
  const { spaceToken = '' } = await makeToken(app, ann, world.a, { rateLimit: { limit: 100, window: 60 } })
  const answers = await Promise.all(Array.from({ length: 300 }, () => use({ token: spaceToken })))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(100)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(200)
})
