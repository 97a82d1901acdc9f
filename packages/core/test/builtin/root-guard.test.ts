import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'

let app: TestApp
let root: string
let rootId: number
/** May do everything with users, roles and grants, and is not root. */
let admin: TestUser

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
  rootId = (await get(app, 'auth:check', root)).body.data.id
  for (const resource of ['users', 'users.roles', 'roles', 'grants']) await app.grant('boss', resource, ['*'])
  admin = await app.user('adam', { roles: ['boss'] })
})
afterAll(() => app?.close())

const asAdmin = async (path: string, body: unknown = {}) => outcome(await post(app, path, admin.token, body))
const asRoot = async (path: string, body: unknown = {}) => outcome(await post(app, path, root, body))
const rolesOf = async (id: number): Promise<string[]> =>
  (await get(app, `users/${id}/roles:list`, root)).body.data.map(({ name }: { name: string }) => name)

describe('whoever manages users, roles and grants, and is not root', () => {
  it('may do so with all others', async () => {
    const { body } = await post(app, 'users:create', admin.token, { email: 'x@example.com', password: 'long-enough' })
    const { id } = body.data
    expect(await asAdmin(`users/${id}/roles:add`, ['admin'])).toBe('200')
    expect(await asAdmin(`users:update/${id}`, { password: 'another-one' })).toBe('200')
    expect(await asAdmin(`users:destroy/${id}`)).toBe('200')
  })

  it.each([
    ['users/ID/roles:add', ['root']],
    ['users/ID/roles:add', ['member', 'root']],
    ['users/ID/roles:set', ['root']],
    ['users/ID/roles:set', ['boss', 'member', 'root']],
    ['users/ID/roles:toggle', ['root']],
    ['users/ID/roles:add?filterByTk=root', undefined],
    ['users/ID/roles:add?filterByTk=member,root', undefined],
    ['users/ID/roles:add?filterByTk[]=root', undefined],
    ['users/ID/roles:add/root', undefined],
    ['users:create', { email: 'evil@example.com', password: 'long-enough', roles: ['root'] }],
    ['users:create', [{ email: 'evil@example.com', password: 'long-enough', roles: ['member', 'root'] }]],
  ])('does not become root by %s %j', async (path, body) => {
    const target = path.replace('ID', String(admin.id))
    const answer = await app.request('POST', `/api/${target}`, {
      token: admin.token,
      ...(body === undefined ? { headers: { 'Content-Length': '0' } } : { body }),
    })
    expect(outcome(answer)).toBe('403 NO_PERMISSION')
    expect(await rolesOf(admin.id)).toEqual(['member', 'boss'])
    expect((await get(app, 'users:list?filter={"email":"evil@example.com"}', root)).body.meta.count).toBe(0)
  })

  it.each(['Root', 'ROOT', ' root', 'root ', 'root\t', 'r\u043eot', 'ro\u00adot', 'root\u200b'])(
    'is not helped by the spelling %j',
    async (name) => {
      expect((await post(app, `users/${admin.id}/roles:add`, admin.token, [name])).status).toBe(404)
      await post(app, 'roles:create', admin.token, { name })
      await post(app, `users/${admin.id}/roles:add`, admin.token, [name])
      expect(outcome(await get(app, 'plugins:list', admin.token))).toBe('403 NO_PERMISSION')
      await post(app, `users/${admin.id}/roles:set`, root, ['member', 'boss'])
    },
  )

  it('does not touch users who are root', async () => {
    for (const changes of [
      { password: 'taken-over' },
      { email: 'taken@example.com' },
      { username: 'taken' },
      { nickname: 'x' },
      { enabled: false },
    ]) {
      expect(await asAdmin(`users:update/${rootId}`, changes)).toBe('403 NO_PERMISSION')
      expect(await asAdmin('users:update?filter={"username":"root"}', changes)).toBe('403 NO_PERMISSION')
      expect(await asAdmin(`users:update?filterByTk=${admin.id},${rootId}`, { nickname: 'both' })).toBe(
        '403 NO_PERMISSION',
      )
    }
    for (const path of [
      `users:destroy/${rootId}`,
      'users:destroy?filter={"id":{"$gt":0}}',
      `users:destroy?filterByTk[]=${rootId}`,
    ]) {
      expect(await asAdmin(path)).toBe('403 NO_PERMISSION')
    }
    for (const [method, path] of [
      ['PUT', `users/${rootId}`],
      ['PATCH', `users/${rootId}`],
      ['DELETE', `users/${rootId}`],
    ] as const) {
      const answer = await app.request(method, `/api/${path}`, { token: admin.token, body: { password: 'taken-over' } })
      expect([method, outcome(answer)]).toEqual([method, '403 NO_PERMISSION'])
    }
    expect(await app.signIn('root')).toMatch(/^pst_/)
    expect(outcome(await get(app, 'auth:check', admin.token))).toBe('200')
  })

  it('takes no role from users who are root', async () => {
    for (const [path, body] of [
      [`users/${rootId}/roles:remove`, ['root']],
      [`users/${rootId}/roles:remove`, ['member']],
      [`users/${rootId}/roles:set`, []],
      [`users/${rootId}/roles:set`, ['member']],
      [`users/${rootId}/roles:toggle`, ['root']],
      [`users/${rootId}/roles:add`, ['boss']],
    ] as const) {
      expect([path, await asAdmin(path, body)]).toEqual([path, '403 NO_PERMISSION'])
    }
    expect(await rolesOf(rootId)).toEqual(['member', 'root'])
  })

  it('grants nothing to root, and takes no grant over to it', async () => {
    const grant = { role: 'root', resource: 'users', actions: ['list'] }
    expect(await asAdmin('grants:create', grant)).toBe('403 NO_PERMISSION')
    expect(await asAdmin('grants:create', [{ ...grant, role: 'boss' }, grant])).toBe('403 NO_PERMISSION')
    const made = await post(app, 'grants:create', admin.token, { ...grant, role: 'boss' })
    expect(await asAdmin(`grants:update/${made.body.data.id}`, { role: 'root' })).toBe('403 NO_PERMISSION')
    expect(await asAdmin(`grants:destroy/${made.body.data.id}`)).toBe('200')
  })

  it.each(['root', 'admin', 'member', 'anonymous'])(
    'neither deletes nor renames the role %s, nor does root',
    async (name) => {
      for (const ask of [asAdmin, asRoot]) {
        expect(await ask(`roles:destroy/${name}`)).toBe('409 CONFLICT')
        expect(await ask(`roles:update/${name}`, { name: 'other' })).toBe('409 CONFLICT')
      }
      expect(await asAdmin('roles:destroy?filter={"id":{"$gt":0}}')).toBe('409 CONFLICT')
      expect((await get(app, `roles:get/${name}`, root)).status).toBe(200)
    },
  )

  it('gives no other role the name root', async () => {
    expect(await asAdmin('roles:create', { name: 'root' })).toBe('409 CONFLICT')
    expect(await asAdmin('roles:update/boss', { name: 'root' })).toBe('409 CONFLICT')
  })

  it('is what he is when he acts in one role only', async () => {
    const both = await app.user('beth', { roles: ['boss', 'root'] })
    const headers = { 'X-Role': 'boss' }
    const answer = await post(app, `users/${admin.id}/roles:add`, both.token, ['root'], headers)
    expect(outcome(answer)).toBe('403 NO_PERMISSION')
    expect(outcome(await post(app, `users:update/${both.id}`, both.token, { nickname: 'x' }, headers))).toBe(
      '403 NO_PERMISSION',
    )
    expect(outcome(await post(app, `users:destroy/${both.id}`, root))).toBe('200')
  })
})

describe('409 CONFLICT for the last one who is root', () => {
  const ways: [string, unknown][] = [
    ['users:destroy/ID', {}],
    ['users:destroy?filter={"username":"root"}', {}],
    ['users:update/ID', { enabled: false }],
    ['users/ID/roles:remove', ['root']],
    ['users/ID/roles:set', ['member']],
    ['users/ID/roles:set', []],
    ['users/ID/roles:toggle', ['root']],
  ]

  it.each(ways)('%s %j', async (path, body) => {
    expect(await asRoot(path.replace('ID', String(rootId)), body)).toBe('409 CONFLICT')
    expect(outcome(await get(app, 'plugins:list', root))).toBe('200')
  })

  it('also when another one is there who is disabled', async () => {
    const other = await app.user('olga', { roles: ['root'] })
    expect(await asRoot(`users:update/${other.id}`, { enabled: false })).toBe('200')
    expect(await asRoot(`users:destroy/${rootId}`)).toBe('409 CONFLICT')
    expect(await asRoot(`users:destroy/${other.id}`)).toBe('200')
  })

  it.each(ways.filter(([path]) => path.includes('ID')))('of two who leave at once: %s %j', async (path, body) => {
    const other = await app.user(`twin${Date.now()}`, { roles: ['root'] })
    const outcomes = await Promise.all([
      post(app, path.replace('ID', String(rootId)), other.token, body),
      post(app, path.replace('ID', String(other.id)), root, body),
    ])
    expect(outcomes.map(({ status }) => status).sort()).not.toEqual([200, 200])
    const { rows } = await app.application.db.sql`
      SELECT users.id FROM users JOIN "usersRoles" ON "userId" = users.id WHERE "roleName" = 'root' AND enabled`
    expect(rows.length).toBeGreaterThan(0)
    // Back to one root for the next round.
    await app.application.db.sql`DELETE FROM users WHERE id = ${other.id}`
    await app.application.db.sql`UPDATE users SET enabled = true WHERE username = 'root'`
    if ((await app.application.db.sql`SELECT 1 FROM users WHERE id = ${rootId}`).count === 0) {
      const made = await app.application.call('users', 'create', {
        body: { email: 'root@example.com', username: 'root', password: 'the-password-of-root' },
      })
      rootId = Reflect.get(Object(Reflect.get(Object(made.body), 'data')), 'id')
    }
    await app.application.call('users.roles', 'set', { sourceId: String(rootId), body: ['member', 'root'] })
    root = await app.signIn('root')
  })
})
