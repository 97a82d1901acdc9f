import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import spaceTokens from '../src/index.js'
import { createWorld, data, get, outcome, post, type World } from './space-app.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.app.close())

const create = (body: object) => post(world.app, world.ann, `spaces/${world.a}/tokens:create`, { name: 'ci', ...body })
const countTokens = async (): Promise<number> => {
  const { rows } = await world.app.application.db.sql`SELECT count(*) AS "count" FROM "spaceTokens"`
  return Number(rows[0]?.['count'])
}

/** Refused, and nothing was made. */
async function expectFault(body: object, fault: object): Promise<void> {
  const before = await countTokens()
  const answer = await create(body)
  expect(answer).toMatchObject({ status: 400, body: { errors: [fault] } })
  expect(answer.text).not.toContain('postern_space_')
  expect(await countTokens()).toBe(before)
}

describe('400 for what the server sets', () => {
  it.each([
    ...['id', 'createdById', 'updatedById', 'userId', 'token', 'hash', 'tokenHash', 'lastUsedAt', 'lastFour'],
    ...['spaceId', 'createdAt', 'updatedAt', 'rotatedToId'],
  ])('%s', (name) => expectFault({ [name]: 1 }, { code: 'READONLY_FIELD', path: name }))

  it('names every one of them, and what is no member of a token', async () => {
    const answer = await create({ id: 1, hash: 'x', roleName: 'owner', colour: 'red' })
    expect(answer.body.errors).toMatchObject([
      { code: 'READONLY_FIELD', path: 'id' },
      { code: 'READONLY_FIELD', path: 'hash' },
      { code: 'UNKNOWN_FIELD', path: 'roleName' },
      { code: 'UNKNOWN_FIELD', path: 'colour' },
    ])
  })
})

describe('400 for limits that make no sense', () => {
  const scope = { resource: 'tasks', actions: ['list'] }
  it.each([
    ['scopes', [], 'scopes'],
    ['scopes', 'tasks:list', 'scopes'],
    ['scopes', [{ resource: 'tasks' }], 'scopes.0.actions'],
    ['scopes', [{ resource: { $ne: null }, actions: ['list'] }], 'scopes.0.resource'],
    ['scopes', Array.from({ length: 101 }, () => scope), 'scopes'],
    ['readOnly', null, 'readOnly'],
    ['readOnly', 'yes', 'readOnly'],
    ['allowedIps', '10.0.0.1', 'allowedIps'],
    ['allowedIps', ['10.0.0.1', '10.0.0.0/33'], 'allowedIps.1'],
    ['allowedIps', ['example.com'], 'allowedIps.0'],
    ['rateLimit', 600, 'rateLimit'],
    ['rateLimit', { limit: 600 }, 'rateLimit.window'],
    ['rateLimit', { limit: 0, window: 60 }, 'rateLimit.limit'],
    ['rateLimit', { limit: 600, window: 604_801 }, 'rateLimit.window'],
  ])('%s = %j', (name, value, path) => expectFault({ [name]: value }, { code: 'INVALID_VALUE', path }))
})

describe('400 for scopes beyond what a member may do in a space', () => {
  it.each([
    [{ resource: 'users', actions: ['list'] }],
    [{ resource: 'spaces', actions: ['list'] }],
    [{ resource: 'spaceTokens', actions: ['*'] }],
    [{ resource: 'spaces.tokens', actions: ['create'] }],
    [{ resource: 'nothing', actions: ['list'] }],
    [{ resource: 'tasks', actions: ['list', 'fly'] }],
    [{ resource: 'constructor', actions: ['*'] }],
  ])('%j', (scope) => expectFault({ scopes: [scope] }, { code: 'INVALID_VALUE', path: 'scopes.0.actions' }))
})

describe('400 for an end that makes no sense', () => {
  it.each([-1, 0, 'abc', '1e12', 1e12, 1.5, '1.5d', {}, [], null, '3651d', true])('expiresIn %p', (expiresIn) =>
    expectFault({ expiresIn }, { code: 'INVALID_VALUE', path: 'expiresIn' }),
  )
  it.each(['2020-01-01', '2026-02-30', 'soon', {}, null, 5])('expiresAt %p', (expiresAt) =>
    expectFault({ expiresAt }, { code: 'INVALID_VALUE', path: 'expiresAt' }),
  )
  it('expiresIn and expiresAt together', async () =>
    expect((await create({ expiresIn: '1d', expiresAt: '2099-01-01' })).status).toBe(400))
})

describe('400 for a name that is none', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['blanks', ' \t\n'],
    ['300 characters', 'x'.repeat(300)],
    ['a number', 7],
    ['NUL', 'a\0b'],
    ['half a character', '\ud800'],
  ])('%s', (_what, name) => expectFault({ name }, { code: 'INVALID_VALUE', path: 'name' }))
})

describe('400 for other values and bodies that are none', () => {
  it.each([
    ['description', 7],
    ['description', 'x'.repeat(10_001)],
    ['enabled', 'yes'],
  ])('%s', (name, value) => expectFault({ [name]: value }, { code: 'INVALID_VALUE', path: name }))

  it.each([
    ['a list', '[]'],
    ['a text', '"ci"'],
    ['null', 'null'],
    ['broken JSON', '{"name":'],
    ['__proto__', '{"name":"a","__proto__":{"x":1}}'],
  ])('a body that is %s', async (_what, raw) => {
    const headers = { 'Content-Type': 'application/json' }
    const path = `/api/spaces/${world.a}/tokens:create`
    expect((await world.app.request('POST', path, { token: world.ann.token, raw, headers })).status).toBe(400)
  })
})

describe('what may be sent', () => {
  const seconds = ({ expiresAt }: { readonly expiresAt: string }): number =>
    Math.round((Date.parse(expiresAt) - world.app.clock.now()) / 1000)

  it.each([
    [{}, 30 * 86_400],
    [{ expiresIn: '1d' }, 86_400],
    [{ expiresIn: '12h' }, 43_200],
    [{ expiresIn: 90 }, 90],
  ])('%j', async (body, life) => {
    const left = seconds(await data(create(body)))
    expect(left).toBeGreaterThan(life - 20)
    expect(left).toBeLessThanOrEqual(life)
  })

  it('never, a date, nulls, and addresses without any', async () => {
    expect(await data(create({ expiresIn: 'never' }))).toMatchObject({ expiresAt: null })
    const expiresAt = new Date(world.app.clock.now() + 86_400_000).toISOString().replace(/\.\d+/, '.000')
    expect(await data(create({ expiresAt }))).toMatchObject({ expiresAt })
    const nulls = { scopes: null, rateLimit: null, allowedIps: null, description: null }
    expect(await data(create(nulls))).toMatchObject({ scopes: null, rateLimit: null, allowedIps: [] })
    expect(await data(create({ allowedIps: [], readOnly: false, enabled: false }))).toMatchObject({
      ...{ allowedIps: [], readOnly: false, enabled: false },
    })
  })

  it('markup in a name is a text like any other; two of the same second differ', async () => {
    const name = '<img src=x onerror=alert(1)>'
    const [one, two] = await Promise.all([data(create({ name })), data(create({ name }))])
    expect(one.name).toBe(name)
    expect(one.token).not.toBe(two.token)
    expect(one.id).not.toBe(two.id)
  })
})

describe('with rules of the operator', () => {
  it('400 above the longest life, and for tokens without an end', async () => {
    const { app } = world
    const rules = { standardDays: 90, maxDays: 7, allowNever: false }
    await app.application.plugins.enable(spaceTokens.name, 'test', rules)
    for (const expiresIn of ['8d', 'never', 7 * 86_400 + 1]) {
      expect(await outcome(create({ expiresIn }))).toBe('400 INVALID_VALUE')
    }
    const { expiresAt } = await data(create({}))
    expect(Date.parse(expiresAt) - app.clock.now()).toBeLessThanOrEqual(7 * 86_400_000)
  })
})

it('401 for nobody in particular, 404 for who is no member and for a space that is none', async () => {
  const { app, bob, a } = world
  expect(await outcome(post(app, {}, `spaces/${a}/tokens:create`, { name: 'x' }))).toBe('401 EMPTY_TOKEN')
  const paths = [`spaces/${a}`, 'spaces/999999', 'spaces/abc', 'spaces/0', 'spaces/1e3']
  const answers = await Promise.all(paths.map((path) => post(app, bob, `${path}/tokens:create`, { name: 'x' })))
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  expect(answers[0]?.status).toBe(404)
  expect(await outcome(get(app, bob, `spaces/${a}/tokens:list`))).toBe('404 NOT_FOUND')
})
