import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { countRows, get, outcome, post, withoutTraces } from '../calls.js'

let app: TestApp
let member: TestUser
let root: string
let todo: number

const calls = [
  ['GET', 'todos:list'],
  ['POST', 'todos:list'],
  ['HEAD', 'todos:list'],
  ['GET', 'todos'],
  ['GET', 'todos:get/1'],
  ['GET', 'todos/1'],
  ['GET', 'todos:get?filterByTk=1'],
  ['POST', 'todos:create'],
  ['POST', 'todos'],
  ['POST', 'todos:update/1'],
  ['POST', 'todos:update?filterByTk=1'],
  ['PUT', 'todos/1'],
  ['PATCH', 'todos/1'],
  ['POST', 'todos:destroy/1'],
  ['POST', 'todos:destroy?filter={"title":"x"}'],
  ['DELETE', 'todos/1'],
  ['GET', 'users:list'],
  ['POST', 'users:create'],
  ['GET', 'roles:list'],
  ['POST', 'roles:create'],
  ['GET', 'grants:list'],
  ['POST', 'grants:create'],
  ['GET', 'users/1/roles:list'],
  ['GET', 'users/1/roles'],
  ['POST', 'users/1/roles:add'],
  ['POST', 'users/1/roles:set'],
  ['GET', 'collections:list'],
  ['POST', 'collections:create'],
  ['POST', 'collections/todos/fields:create'],
  ['GET', 'plugins:list'],
  ['POST', 'plugins:enable/x'],
  ['POST', 'plugins:disable/x'],
] as const

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('todos', { title: 'string' })
  member = await app.user('mia')
  root = await app.signIn('root')
  todo = (await post(app, 'todos:create', root, { title: 'x' })).body.data.id
})
afterAll(() => app?.close())

const send = (method: string, path: string, token?: string) =>
  app.request(method, `/api/${path}`, {
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: { title: 'changed' } }),
    ...(token === undefined ? {} : { token }),
  })

describe('403 NO_PERMISSION for a known caller without the grant', () => {
  it.each(calls)('%s %s', async (method, path) => {
    const answer = await send(method, path, member.token)
    expect(answer.status).toBe(403)
    if (method !== 'HEAD') expect(outcome(answer)).toBe('403 NO_PERMISSION')
    expect(answer.headers['www-authenticate']).toBeUndefined()
  })

  it('whatever the key and the body are', async () => {
    for (const path of ['todos:get/999', 'todos:get/abc', 'todos:get/1%00', 'todos:update/999', 'todos:destroy/0']) {
      expect(outcome(await post(app, path, member.token, { nonsense: 1 }))).toBe('403 NO_PERMISSION')
    }
  })
})

describe('401 EMPTY_TOKEN for nobody in particular', () => {
  it.each(calls)('%s %s', async (method, path) => expect((await send(method, path)).status).toBe(401))
})

describe('nothing happens', () => {
  it('to the data', async () => {
    expect((await get(app, `todos:get/${todo}`, root)).body.data.title).toBe('x')
    expect(await countRows(app, 'todos')).toBe(1)
  })
})

describe('404 NOT_FOUND for what is not there', () => {
  const names = [
    'todos:constructor',
    'todos:__proto__',
    'todos:toString',
    'todos:list:list',
    'todos:LIST',
    'todos:list%00',
    'todos:list%20',
    'todos:*',
    'todos:',
    ':list',
    'Todos:list',
    'constructor:list',
    '__proto__:list',
    'toString',
    'usersRoles:list',
    'usersRoles:create',
    'sessions:list',
    'sessions',
    'postern.plugins:list',
    'postern.plugins',
    'pg_catalog.pg_authid:list',
    'users/1/sessions',
    'users/1/usersRoles',
    'users/1/password',
    'users/1/roles/2/3',
    'todos:list/1/2',
    '..%2fusers:list',
    'auth:constructor',
  ]

  it.each(names)('%s, also for root', async (path) => {
    for (const token of [root, member.token, undefined]) {
      const answer = await post(app, path, token)
      expect([path, answer.status]).toEqual([path, 404])
    }
  })

  it('tells nobody more than he may know', async () => {
    const answers = await Promise.all(
      [undefined, member.token].flatMap((token) =>
        ['todo:list', 'users2:list', 'zzzzzzzz:list', 'todos:lists', 'grants:lists'].map(async (path) =>
          withoutTraces(await get(app, path, token)),
        ),
      ),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect((await get(app, 'todo:list', root)).text).toContain('todos')
  })
})

describe('200', () => {
  it('for root, without any grant', async () => {
    for (const path of ['todos:list', 'users:list', 'roles:list', 'grants:list', 'collections:list', 'plugins:list']) {
      expect([path, (await get(app, path, root)).status]).toEqual([path, 200])
    }
  })

  it('for whoever is signed in, on what concerns himself', async () => {
    expect(outcome(await get(app, 'auth:check', member.token))).toBe('200')
  })

  it('once it is granted, and for that alone', async () => {
    await app.grant('reader', 'todos', ['list'])
    const reader = await app.user('rita', { roles: ['reader'] })
    expect(outcome(await get(app, 'todos:list', reader.token))).toBe('200')
    for (const path of ['todos:get/1', 'todos:create', 'todos:update/1', 'todos:destroy/1', 'users:list']) {
      expect([path, outcome(await post(app, path, reader.token))]).toEqual([path, '403 NO_PERMISSION'])
    }
  })

  it('with * for every action of that resource, and for no other', async () => {
    await app.grant('owner', 'todos', ['*'])
    const owner = await app.user('otto', { roles: ['owner'] })
    const { body } = await post(app, 'todos:create', owner.token, { title: 'mine' })
    for (const path of ['todos:list', `todos:get/${body.data.id}`, `todos:update/${body.data.id}`]) {
      expect([path, outcome(await post(app, path, owner.token))]).toEqual([path, '200'])
    }
    expect(outcome(await post(app, `todos:destroy/${body.data.id}`, owner.token))).toBe('200')
    expect(outcome(await get(app, 'users:list', owner.token))).toBe('403 NO_PERMISSION')
  })
})
