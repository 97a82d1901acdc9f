import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { get, outcome } from '../calls.js'

let app: TestApp
let user: TestUser

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('todos', { title: 'string' })
  await app.collection('news', { title: 'string' })
  await app.grant('todo people', 'todos', ['list'])
  await app.grant('Redaktör', 'news', ['list'])
  await app.grant('stranger', 'todos', ['list'])
  user = await app.user('ursula', { roles: ['todo people', 'Redaktör', 'constructor'] })
})
afterAll(() => app?.close())

const ask = async (path: string, role?: string) =>
  outcome(await get(app, path, user.token, role === undefined ? {} : { 'X-Role': role }))

describe('without X-Role', () => {
  it('all roles of the caller count together', async () => {
    expect([await ask('todos:list'), await ask('news:list')]).toEqual(['200', '200'])
    expect(await ask('todos:list', '')).toBe('200')
  })
})

describe('with X-Role', () => {
  it('only that role counts', async () => {
    expect([await ask('todos:list', 'todo people'), await ask('news:list', 'todo people')]).toEqual([
      '200',
      '403 NO_PERMISSION',
    ])
    expect([await ask('todos:list', 'member'), await ask('news:list', 'member')]).toEqual([
      '403 NO_PERMISSION',
      '403 NO_PERMISSION',
    ])
  })

  it('auth:check tells which', async () => {
    const { body } = await get(app, 'auth:check', user.token, { 'X-Role': 'todo people' })
    expect(body.data.roles).toEqual(['todo people'])
  })

  it('a name outside ASCII is understood as browsers send it, and as curl does', async () => {
    for (const encoding of ['latin1', 'utf8'] as const) {
      const lines = `GET /api/news:list HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${user.token}\r\nX-Role: `
      const answer = await app.raw(Buffer.concat([Buffer.from(lines), Buffer.from('Redaktör\r\n\r\n', encoding)]))
      expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    }
  })
})

describe('403 NO_PERMISSION', () => {
  it.each([
    'stranger',
    'root',
    'admin',
    'anonymous',
    'no-such-role',
    'todo',
    'TODO PEOPLE',
    'todo people,Redaktör',
    'todo people, member',
    '$signedIn',
    '$credential',
    '*',
    '__proto__',
    'toString',
    '0',
    'length',
  ])('for a role that is not the caller’s: %s', async (role) => {
    expect(await ask('todos:list', role)).toBe('403 NO_PERMISSION')
    expect(await ask('auth:check', role)).toBe('403 NO_PERMISSION')
  })

  it('for two of them', async () => {
    const headers = [
      ['X-Role', 'todo people'],
      ['X-Role', 'member'],
    ] as const
    expect(outcome(await app.request('GET', '/api/todos:list', { token: user.token, headers }))).toBe(
      '403 NO_PERMISSION',
    )
  })

  it('for a role named like a member of objects that grants nothing', async () => {
    expect(await ask('todos:list', 'constructor')).toBe('403 NO_PERMISSION')
    expect(await ask('auth:check', 'constructor')).toBe('200')
  })
})

describe('of nobody in particular', () => {
  it('X-Role makes nobody', async () => {
    for (const role of ['root', 'stranger', 'anonymous', '$credential']) {
      expect(outcome(await get(app, 'todos:list', undefined, { 'X-Role': role }))).toBe('401 EMPTY_TOKEN')
    }
  })
})

describe('a role whose name is the names of two others', () => {
  it('is not those two', async () => {
    await app.grant('x', 'todos', ['list'])
    const both = await app.user('bert', { roles: ['x', 'y'] })
    const one = await app.user('oona', { roles: ['x y'] })
    // Asked in both orders: whoever comes first must not answer for the other.
    expect(outcome(await get(app, 'todos:list', both.token, { 'X-Role': 'x' }))).toBe('200')
    expect(outcome(await get(app, 'todos:list', both.token))).toBe('200')
    expect(outcome(await get(app, 'todos:list', one.token))).toBe('403 NO_PERMISSION')
    await app.grant('m n', 'news', ['list'])
    const pair = await app.user('pia', { roles: ['m', 'n'] })
    const single = await app.user('sam', { roles: ['m n'] })
    expect(outcome(await get(app, 'news:list', single.token))).toBe('200')
    expect(outcome(await get(app, 'news:list', single.token, { 'X-Role': 'm n' }))).toBe('200')
    expect(outcome(await get(app, 'news:list', pair.token))).toBe('403 NO_PERMISSION')
  })
})
