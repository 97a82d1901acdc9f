import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { countRows, get, outcome, post } from '../calls.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
})
afterAll(() => app?.close())

let number = 0
const body = (more: object = {}) => ({ email: `user${++number}@example.com`, password: 'a-good-password', ...more })
const create = (more: object = {}, token = root) => post(app, 'users:create', token, body(more))

describe('a new user', () => {
  it('has the role member, an address in lower case, and no password to be seen', async () => {
    const answer = await create({ email: 'New.User@Example.COM', username: 'new', nickname: 'New' })
    expect(answer.status).toBe(200)
    expect(answer.body.data).toMatchObject({
      email: 'new.user@example.com',
      username: 'new',
      nickname: 'New',
      enabled: true,
    })
    expect(answer.text).not.toMatch(/password|scrypt/)
    const roles = await get(app, `users/${answer.body.data.id}/roles:list`, root)
    expect(roles.body.data.map(({ name }: { name: string }) => name)).toEqual(['member'])
    expect(await app.signIn('new.user@example.com', 'a-good-password')).toMatch(/^pst_/)
  })

  it('is made with his roles or not at all', async () => {
    const before = await countRows(app, 'users')
    expect((await create({ roles: ['admin', 'admin'] })).status).toBe(200)
    expect((await create({ roles: ['admin', 'no-such-role'] })).status).toBe(404)
    expect(await countRows(app, 'users')).toBe(before + 1)
  })

  it('is stored with a hash of his password', async () => {
    await create()
    const { rows } = await app.application.db.sql`SELECT password FROM users`
    for (const { password } of rows) expect(password).toMatch(/^scrypt\$\d+\$\d+\$\d+\$[\w-]+\$[\w-]+$/)
  })
})

describe('400, and nobody is made', () => {
  it.each<[object, string]>([
    [{ id: 1 }, 'READONLY_FIELD'],
    [{ createdById: 1 }, 'READONLY_FIELD'],
    [{ updatedById: null }, 'READONLY_FIELD'],
    [{ createdAt: '2020-01-01T00:00:00Z' }, 'READONLY_FIELD'],
    [{ isRoot: true }, 'UNKNOWN_FIELD'],
    [{ role: 'root' }, 'UNKNOWN_FIELD'],
    [{ passwordHash: 'x' }, 'UNKNOWN_FIELD'],
    [{ usersRoles: [{ roleName: 'root' }] }, 'UNKNOWN_FIELD'],
    [{ roles: 'root' }, 'INVALID_VALUE'],
    [{ roles: [['root']] }, 'INVALID_VALUE'],
    [{ roles: [{ name: 'root' }] }, 'INVALID_VALUE'],
    [{ roles: { name: 'root' } }, 'INVALID_VALUE'],
    [{ password: 'short' }, 'INVALID_VALUE'],
    [{ password: null }, 'INVALID_VALUE'],
    [{ password: 12_345_678 }, 'INVALID_VALUE'],
    [{ password: 'x'.repeat(201) }, 'INVALID_VALUE'],
    [{ email: 'no-address' }, 'INVALID_VALUE'],
    [{ email: 'a b@example.com' }, 'INVALID_VALUE'],
    [{ email: null }, 'INVALID_VALUE'],
    [{ username: 'has@sign' }, 'INVALID_VALUE'],
    [{ username: 'has blank' }, 'INVALID_VALUE'],
    [{ enabled: 'yes' }, 'INVALID_VALUE'],
  ])('for %j', async (more, code) => {
    const before = await countRows(app, 'users')
    expect(outcome(await create(more))).toBe(`400 ${code}`)
    expect(await countRows(app, 'users')).toBe(before)
  })
})

describe('409 CONFLICT', () => {
  it('for an address or a name that is taken, in any case', async () => {
    await create({ email: 'taken@example.com', username: 'taken' })
    expect(outcome(await create({ email: 'TAKEN@example.com' }))).toBe('409 CONFLICT')
    expect(outcome(await create({ username: 'taken' }))).toBe('409 CONFLICT')
  })
})

describe('an update', () => {
  it.each<[object, string]>([
    [{ roles: ['root'] }, '400 UNKNOWN_FIELD'],
    [{ id: 99 }, '400 READONLY_FIELD'],
    [{ createdById: 99 }, '400 READONLY_FIELD'],
    [{ password: 'short' }, '400 INVALID_VALUE'],
    [{ nickname: 'x', roles: ['admin'] }, '400 UNKNOWN_FIELD'],
  ])('with %j is refused as a whole', async (changes, expected) => {
    const { id } = (await create()).body.data
    for (const [method, path] of [
      ['POST', `users:update/${id}`],
      ['PUT', `users/${id}`],
      ['PATCH', `users/${id}`],
    ] as const) {
      expect(outcome(await app.request(method, `/api/${path}`, { token: root, body: changes }))).toBe(expected)
    }
    expect((await get(app, `users/${id}`, root)).body.data.nickname).toBeNull()
  })

  it('without a key and a filter is 400 EMPTY_FILTER, whatever one adds', async () => {
    for (const query of ['', '?forceUpdate=true', '?truncate=1', '?filter={}', '?filter={"$and":[]}']) {
      expect([query, outcome(await post(app, `users:update${query}`, root, { enabled: false }))]).toEqual([
        query,
        '400 EMPTY_FILTER',
      ])
      expect([query, outcome(await post(app, `users:destroy${query}`, root))]).toEqual([query, '400 EMPTY_FILTER'])
    }
    expect(outcome(await get(app, 'auth:check', root))).toBe('200')
  })
})

describe('whoever may make users but not give roles', () => {
  it('gives none to the users he makes', async () => {
    await app.grant('recruiter', 'users', ['create', 'list'])
    const { token } = await app.user('rick', { roles: ['recruiter'] })
    const before = await countRows(app, 'users')
    for (const roles of [['admin'], ['recruiter'], ['member'], ['root'], ['no-such-role']]) {
      expect(outcome(await create({ roles }, token))).toBe('403 NO_PERMISSION')
    }
    expect(await countRows(app, 'users')).toBe(before)
    expect(outcome(await create({ roles: [] }, token))).toBe('200')
    expect(outcome(await create({}, token))).toBe('200')
    await app.grant('recruiter', 'users.roles', ['add'])
    expect(outcome(await create({ roles: ['admin'] }, token))).toBe('200')
    expect(outcome(await create({ roles: ['root'] }, token))).toBe('403 NO_PERMISSION')
  })
})

describe('deleting a user', () => {
  it('takes his sessions and roles along', async () => {
    const { id } = await app.user('gone', { roles: ['admin'] })
    expect((await post(app, `users:destroy/${id}`, root)).body).toEqual({ data: 1 })
    const { db } = app.application
    expect((await db.sql`SELECT 1 FROM sessions WHERE "userId" = ${id}`).count).toBe(0)
    expect((await db.sql`SELECT 1 FROM "usersRoles" WHERE "userId" = ${id}`).count).toBe(0)
    expect((await post(app, `users:destroy/${id}`, root)).status).toBe(404)
  })
})
