import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createWorld, data, expectNotFound, get, makeToken, outcome, post, type World } from './space-app.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.app.close())

const create = (body: object) => post(world.app, world.ann, `spaces/${world.a}/tokens:create`, { name: 'ci', ...body })

describe('making a token', () => {
  it('shows it once, in a form that scanners know; what is stored says nothing of it', async () => {
    const answer = await create({ expiresIn: '30d', description: 'for builds' })
    expect(answer.headers['cache-control']).toBe('private, no-store')
    const { token, ...record } = answer.body.data
    expect(token).toMatch(/^postern_space_[0-9A-Za-z]{49}$/)
    expect(Object.keys(record).sort()).toEqual(
      [
        ...['allowedIps', 'createdAt', 'createdById', 'description', 'enabled', 'expiresAt', 'id', 'lastFour'],
        ...['lastUsedAt', 'name', 'rateLimit', 'readOnly', 'scopes', 'spaceId'],
      ].sort(),
    )
    expect(record).toMatchObject({ spaceId: world.a, createdById: world.ann.id, lastFour: token.slice(-4) })
    const list = await get(world.app, world.ann, `spaces/${world.a}/tokens:list?sort=-id`)
    expect(list.body.data[0]).toEqual(record)
    expect(list.text).not.toContain(token)
    const stored = await world.app.application.db.sql`SELECT * FROM "spaceTokens" WHERE id = ${record.id}`
    expect(JSON.stringify(stored.rows)).not.toContain(token)
    await expectNotFound(get(world.app, world.bob, `spaces/${world.a}/tokens:get/${record.id}`))
    await expectNotFound(get(world.app, world.bob, `spaces/${world.b}/tokens:get/${record.id}`))
    await expectNotFound(post(world.app, world.bob, `spaces/${world.b}/tokens:destroy/${record.id}`))
    await expectNotFound(post(world.app, world.bob, `spaces/${world.b}/tokens:rotate/${record.id}`))
  })

  it.each([
    [{ spaceId: 2 }, '400 READONLY_FIELD'],
    [{ id: 2 }, '400 READONLY_FIELD'],
    [{ tokenHash: 'x' }, '400 READONLY_FIELD'],
    [{ nonsense: 1 }, '400 UNKNOWN_FIELD'],
    [{ name: '  ' }, '400 INVALID_VALUE'],
    [{ name: 'n'.repeat(300) }, '400 INVALID_VALUE'],
    [{ expiresIn: 0 }, '400 INVALID_VALUE'],
    [{ expiresIn: 'abc' }, '400 INVALID_VALUE'],
    [{ scopes: [{ resource: 'users', actions: ['list'] }] }, '400 INVALID_VALUE'],
    [{ allowedIps: ['nowhere'] }, '400 INVALID_VALUE'],
  ])('%j: %s', async (body, expected) => {
    expect(await outcome(create(body))).toBe(expected)
  })
})

describe('what narrows a token', () => {
  it('for reading only, or for some actions', async () => {
    const { app, ann, a } = world
    const reader = await makeToken(app, ann, a, { readOnly: true })
    expect(await outcome(get(app, reader, 'tasks:list'))).toBe('200')
    expect(await outcome(post(app, reader, 'tasks:create', { title: 'r' }))).toBe('403 INSUFFICIENT_SCOPE')
    const scoped = await makeToken(app, ann, a, { scopes: [{ resource: 'tasks', actions: ['create'] }] })
    expect(await outcome(post(app, scoped, 'tasks:create', { title: 'scoped' }))).toBe('200')
    expect(await outcome(get(app, scoped, 'tasks:list'))).toBe('403 INSUFFICIENT_SCOPE')
    const elsewhere = await makeToken(app, ann, a, { allowedIps: ['203.0.113.7'] })
    expect(await outcome(get(app, elsewhere, 'tasks:list'))).toBe('403 IP_NOT_ALLOWED')
    const limited = await makeToken(app, ann, a, { rateLimit: { limit: 2, window: 60 } })
    const answers = []
    for (let time = 0; time < 3; time++) answers.push(await outcome(get(app, limited, 'tasks:list')))
    expect(answers).toEqual(['200', '200', '429 RATE_LIMITED'])
  })
})

describe('the life of a token', () => {
  it('disabled, enabled, rotated, revoked, used', async () => {
    const { app, ann, a } = world
    const { id, token: spaceToken } = await data(create({ expiresIn: '1h' }))
    const use = () => outcome(get(app, { spaceToken }, 'tasks:list'))
    expect(await use()).toBe('200')
    const tokens = `spaces/${a}/tokens`
    expect(await data(post(app, ann, `${tokens}:update/${id}`, { enabled: false }))).toMatchObject([{ enabled: false }])
    expect(await use()).toBe('401 INVALID_TOKEN')
    expect(await outcome(post(app, ann, `${tokens}:rotate/${id}`, {}))).toBe('409 CONFLICT')
    await data(post(app, ann, `${tokens}:update/${id}`, { enabled: true, readOnly: true }))
    expect(await use()).toBe('200')
    expect(await outcome(post(app, ann, `${tokens}:update/${id}`, { readOnly: false }))).toBe('400 INVALID_VALUE')
    const rotated = await data(post(app, ann, `${tokens}:rotate/${id}`, { graceSeconds: 60 }))
    expect(rotated).toMatchObject({ readOnly: true, previous: { id } })
    expect(await use()).toBe('200')
    app.clock.advance(61_000)
    expect(await use()).toBe('401 INVALID_TOKEN')
    const next = { spaceToken: rotated.token }
    expect(await outcome(get(app, next, 'tasks:list'))).toBe('200')
    const usage = await data(get(app, ann, `${tokens}:usage/${rotated.id}`))
    expect(usage).toMatchObject({ total: 1, days: [{ requests: 1, byStatus: { '2xx': 1 } }] })
    expect(await data(post(app, ann, `${tokens}:destroy/${rotated.id}`))).toBe(1)
    expect(await outcome(get(app, next, 'tasks:list'))).toBe('401 INVALID_TOKEN')
    expect((await get(app, next, 'tasks:list')).body.errors[0].reason).toBeUndefined()
  })
})
