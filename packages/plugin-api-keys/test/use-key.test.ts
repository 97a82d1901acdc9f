import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import { createKeyApp, makeKey, post, useKey, type MadeKey } from './key-app.js'

let app: TestApp
let ann: TestUser
let key: MadeKey

beforeAll(async () => {
  app = await createKeyApp()
  await app.grant('admiral', 'todos', ['list'])
  await app.grant('admiral', 'users', ['list'])
  ann = await app.user('ann', { roles: ['editor', 'admiral'] })
  key = await makeKey(app, ann)
})
afterAll(() => app?.close())

const withHeader = (authorization: string) =>
  app.request('GET', '/api/todos:list', { headers: { Authorization: authorization } })

describe('200', () => {
  it.each(['Bearer ', 'bearer ', 'BEARER ', 'bEaReR ', 'Bearer    ', 'Bearer\t', 'Bearer \t ', ' Bearer '])(
    'for %j before the key',
    async (scheme) => expect((await withHeader(`${scheme}${key.token}`)).status).toBe(200),
  )

  it('for blanks behind it', async () => expect((await withHeader(`Bearer ${key.token}  `)).status).toBe(200))

  it('for everything that its role may do', async () => {
    const { token } = key
    const made = await post(app, 'todos:create', token, { title: 'eat food' })
    expect(made).toMatchObject({ status: 200, body: { data: { title: 'eat food', createdById: ann.id } } })
    const { id } = made.body.data
    expect(await app.request('GET', `/api/todos:get/${id}`, { token })).toMatchObject({ status: 200 })
    const updated = await post(app, `todos:update?filterByTk=${id}`, token, { title: 'sleep' })
    expect(updated.body.data).toMatchObject([{ title: 'sleep', updatedById: ann.id }])
    expect((await post(app, `todos:destroy?filterByTk=${id}`, token)).body).toEqual({ data: 1 })
  })

  it('says with auth:check what the key is', async () => {
    const { body } = await app.request('GET', '/api/auth:check', { token: key.token })
    expect(body.data).toMatchObject({ id: ann.id, email: ann.email, roles: ['editor'] })
    const { id, name, roleName, expiresAt } = key
    expect(body.data.credential).toEqual({ kind: 'apiKey', id, name, roleName, expiresAt })
  })

  it('leaves the end out where there is none, and shows a new name at once', async () => {
    const { id, token } = await makeKey(app, ann, { expiresIn: 'never' })
    await app.request('GET', '/api/auth:check', { token })
    await post(app, `apiKeys:update/${id}`, ann.token, { name: 'renamed' })
    const { body } = await app.request('GET', '/api/auth:check', { token })
    expect(body.data.credential).toEqual({ kind: 'apiKey', id, name: 'renamed', roleName: 'editor' })
  })

  it('for two keys of one owner, each in its own role', async () => {
    const other = await makeKey(app, ann, { role: 'admiral' })
    expect(await post(app, 'todos:create', other.token, { title: 'x' })).toMatchObject({ status: 403 })
    expect(await post(app, 'todos:create', key.token, { title: 'x' })).toMatchObject({ status: 200 })
  })
})

describe('a key that the server has verified', () => {
  it('makes no statement but that of the call', async () => {
    await useKey(app, key)
    const run = jest.spyOn(app.application.connection, 'run')
    try {
      for (let time = 0; time < 5; time++) {
        expect((await app.request('GET', '/api/todos:list?count=false', { token: key.token })).status).toBe(200)
      }
      const tables = run.mock.calls.map(([{ text }]) => /FROM (\S+)/.exec(text)?.[1])
      expect(tables).toEqual(Array.from({ length: 5 }, () => '"todos"'))
    } finally {
      run.mockRestore()
    }
  })
})

describe('403', () => {
  it('beyond its role, also where another role of the owner would allow it', async () => {
    for (const headers of [{}, { 'X-Role': 'admiral' }, { 'X-Role': 'root' }, { 'X-Role': 'member' }]) {
      const answer = await app.request('GET', '/api/users:list', { token: key.token, headers })
      expect(answer).toMatchObject({ status: 403, body: { errors: [{ code: 'NO_PERMISSION' }] } })
    }
  })

  it('for what only a session may do', async () => {
    const passwords = { oldPassword: ann.password, newPassword: 'another-good-password' }
    expect(await post(app, 'auth:changePassword', key.token, passwords)).toMatchObject({ status: 403 })
    expect(await post(app, 'auth:signOut', key.token)).toMatchObject({ status: 403 })
    expect(await app.signIn('ann')).toMatch(/^pst_/)
  })
})

it('401 for a session that was taken for a key, and the reverse works as little', async () => {
  const session = await app.signIn('ann')
  expect((await withHeader(`Bearer ${session}.${session}.${session}`)).status).toBe(401)
  await post(app, 'auth:signOut', session)
  expect((await useKey(app, { token: session })).status).toBe(401)
})
