import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import apiKeys from '../src/index.js'
import { askForKey, createKeyApp, makeKey, post } from './key-app.js'

let app: TestApp
let ann: TestUser

beforeAll(async () => {
  app = await createKeyApp()
  ann = await app.user('ann', { roles: ['editor'] })
  await app.grant('admiral', 'todos', ['*'])
})
afterAll(() => app?.close())

const countKeys = async (): Promise<number> => {
  const { rows } = await app.application.db.sql`SELECT count(*) AS "count" FROM "apiKeys"`
  return Number(rows[0]?.['count'])
}

/** Refused, and nothing was made. */
async function expectFault(body: object, fault: object): Promise<void> {
  const before = await countKeys()
  const answer = await askForKey(app, ann, body)
  expect(answer).toMatchObject({ status: 400, body: { errors: [fault] } })
  expect(answer.text).not.toContain('eyJ')
  expect(await countKeys()).toBe(before)
}

describe('400 for what the server sets', () => {
  it.each([
    'id',
    'createdById',
    'updatedById',
    'userId',
    'token',
    'hash',
    'tokenHash',
    'jti',
    'lastUsedAt',
    'lastFour',
    'roleName',
    'createdAt',
    'updatedAt',
    'signedBy',
  ])('%s', (name) => expectFault({ [name]: 1 }, { code: 'READONLY_FIELD', path: name }))

  it('names every one of them', async () => {
    const answer = await askForKey(app, ann, { id: 1, hash: 'x', colour: 'red' })
    expect(answer.body.errors).toMatchObject([
      { code: 'READONLY_FIELD', path: 'id' },
      { code: 'READONLY_FIELD', path: 'hash' },
      { code: 'UNKNOWN_FIELD', path: 'colour' },
    ])
  })
})

describe('400 for limits that make no sense', () => {
  const scope = { resource: 'todos', actions: ['list'] }
  it.each([
    ['scopes', [], 'scopes'],
    ['scopes', 'todos:list', 'scopes'],
    ['scopes', {}, 'scopes'],
    ['scopes', ['todos:list'], 'scopes.0'],
    ['scopes', [{ resource: 'todos' }], 'scopes.0.actions'],
    ['scopes', [{ resource: 'todos', actions: [] }], 'scopes.0.actions'],
    ['scopes', [{ resource: 'todos', actions: 'list' }], 'scopes.0.actions'],
    ['scopes', [{ resource: { $ne: null }, actions: ['list'] }], 'scopes.0.resource'],
    ['scopes', Array.from({ length: 101 }, () => scope), 'scopes'],
    ['readOnly', null, 'readOnly'],
    ['readOnly', 'yes', 'readOnly'],
    ['allowedIps', '10.0.0.1', 'allowedIps'],
    ['allowedIps', ['10.0.0.256'], 'allowedIps.0'],
    ['allowedIps', ['10.0.0.1', '10.0.0.0/33'], 'allowedIps.1'],
    ['allowedIps', ['10.1'], 'allowedIps.0'],
    ['allowedIps', ['010.0.0.1'], 'allowedIps.0'],
    ['allowedIps', ['fe80::1%eth0'], 'allowedIps.0'],
    ['allowedIps', ['2001:db8::/129'], 'allowedIps.0'],
    ['allowedIps', ['example.com'], 'allowedIps.0'],
    ['allowedIps', [7], 'allowedIps.0'],
    ['rateLimit', 600, 'rateLimit'],
    ['rateLimit', [], 'rateLimit'],
    ['rateLimit', { limit: 600 }, 'rateLimit.window'],
    ['rateLimit', { limit: 0, window: 60 }, 'rateLimit.limit'],
    ['rateLimit', { limit: 1.5, window: 60 }, 'rateLimit.limit'],
    ['rateLimit', { limit: '600', window: 60 }, 'rateLimit.limit'],
    ['rateLimit', { limit: 600, window: -1 }, 'rateLimit.window'],
    ['rateLimit', { limit: 600, window: 604_801 }, 'rateLimit.window'],
  ])('%s = %j', (name, value, path) => expectFault({ [name]: value }, { code: 'INVALID_VALUE', path }))
  it.each([
    ['scopes', [{ ...scope, fields: ['title'] }], 'scopes.0.fields'],
    ['rateLimit', { limit: 600, window: 60, burst: 1 }, 'rateLimit.burst'],
  ])('%s = %j with a name that is none', (name, value, path) =>
    expectFault({ [name]: value }, { code: 'UNKNOWN_FIELD', path }),
  )
})

describe('400 for scopes beyond the role', () => {
  it.each([
    [{ resource: 'users', actions: ['list'] }],
    [{ resource: 'users', actions: ['*'] }],
    [{ resource: 'nothing', actions: ['list'] }],
    [{ resource: 'todos', actions: ['list', 'fly'] }],
    [{ resource: 'constructor', actions: ['*'] }],
    [{ resource: 'apiKeys', actions: ['create'] }],
  ])('%j', (scope) => expectFault({ scopes: [scope] }, { code: 'INVALID_VALUE', path: 'scopes.0.actions' }))
})

describe('400 with one text for every role that is not one’s own', () => {
  const fault = {
    code: 'INVALID_VALUE',
    message: 'role must be the name of a role that the owner of the key holds',
    path: 'role',
  }

  it.each([
    ['one that others hold', 'admiral'],
    ['root', 'root'],
    ['one that is not there', 'nobody'],
    ['one of the server’s own', '$signedIn'],
    ['anonymous', 'anonymous'],
    ['another case', 'Editor'],
    ['blanks around it', ' editor '],
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['a number', 1],
    ['a list', ['editor']],
    ['two in one', 'editor,root'],
    ['an operator', { $ne: null }],
    ['an operator in the name', { name: { $ne: null } }],
    ['a list as name', { name: ['editor'] }],
    ['NUL', 'editor\0'],
    ['SQL', `' OR '1'='1`],
    ['a name in the prototype', 'constructor'],
  ])('%s', (_what, role) => expectFault({ role }, fault))

  it('also when he acts in another of his roles', async () => {
    const body = { name: 'cron', role: 'editor' }
    const headers = { 'X-Role': 'member' }
    const answer = await app.request('POST', '/api/apiKeys:create', { token: ann.token, headers, body })
    expect(answer).toMatchObject({ status: 400, body: { errors: [fault] } })
  })
})

describe('400 for an end that makes no sense', () => {
  it.each([-1, 0, 'abc', '1e12', 1e12, 1.5, '1.5d', {}, [], null, '3651d', true])('expiresIn %p', (expiresIn) =>
    expectFault({ expiresIn }, { code: 'INVALID_VALUE', path: 'expiresIn' }),
  )
  it.each(['2020-01-01', '2026-02-30', 'soon', {}, null, 5])('expiresAt %p', (expiresAt) =>
    expectFault({ expiresAt }, { code: 'INVALID_VALUE', path: 'expiresAt' }),
  )
})

describe('400 for a name that is none', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['blanks', ' \t\n'],
    ['300 characters', 'x'.repeat(300)],
    ['256 characters', 'x'.repeat(256)],
    ['a number', 7],
    ['a list', ['cron']],
    ['NUL', 'a\0b'],
    ['half a character', '\ud800'],
  ])('%s', (_what, name) => expectFault({ name }, { code: 'INVALID_VALUE', path: 'name' }))
})

describe('400 for other values that are none', () => {
  it.each([
    ['description', 7],
    ['description', 'x'.repeat(10_001)],
    ['enabled', 'yes'],
    ['enabled', null],
  ])('%s', (name, value) => expectFault({ [name]: value }, { code: 'INVALID_VALUE', path: name }))

  it.each([
    ['a list', '[]'],
    ['a text', '"editor"'],
    ['null', 'null'],
    ['broken JSON', '{"name":'],
    ['__proto__', '{"name":"a","role":"editor","__proto__":{"x":1}}'],
  ])('a body that is %s', async (_what, raw) => {
    const headers = { 'Content-Type': 'application/json' }
    const answer = await app.request('POST', '/api/apiKeys:create', { token: ann.token, raw, headers })
    expect(answer.status).toBe(400)
  })
})

describe('with rules of the operator', () => {
  let ruled: TestApp
  beforeAll(async () => {
    ruled = await createKeyApp()
    await ruled.application.plugins.enable(apiKeys.name, 'test', { standardDays: 90, maxDays: 7, allowNever: false })
  })
  afterAll(() => ruled?.close())

  it('400 above the longest life, and for keys without an end', async () => {
    const owner = await ruled.user('ann', { roles: ['editor'] })
    for (const expiresIn of ['8d', 'never', 7 * 86_400 + 1]) {
      expect(await askForKey(ruled, owner, { expiresIn })).toMatchObject({ status: 400 })
    }
    const { expiresAt } = await makeKey(ruled, owner)
    expect(Date.parse(expiresAt ?? '') - ruled.clock.now()).toBeLessThanOrEqual(7 * 86_400_000)
  })
})

it('401 for nobody in particular', async () => {
  const answer = await post(app, 'apiKeys:create', undefined, { name: 'cron', role: 'editor' })
  expect(answer).toMatchObject({ status: 401, body: { errors: [{ code: 'EMPTY_TOKEN' }] } })
})
