import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'

let app: TestApp
/** A second node on the same database. */
let other: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('todos', { title: 'string' })
  other = await createTestApp({ database: app.database })
  root = await app.signIn('root')
})
afterAll(async () => {
  await other?.close()
  await app?.close()
})

let number = 0
/** Somebody whose only right is to list to-dos, and who is known on both nodes. */
async function reader(): Promise<{ user: TestUser; role: string; grant: number }> {
  const role = `reader-${++number}`
  await post(app, 'roles:create', root, { name: role })
  const made = await post(app, 'grants:create', root, { role, resource: 'todos', actions: ['list'] })
  const user = await app.user(`reader${number}`, { roles: [role] })
  expect(await onBoth(user)).toEqual(['200', '200'])
  return { user, role, grant: made.body.data.id }
}

const onBoth = async ({ token }: TestUser) => [
  outcome(await get(app, 'todos:list', token)),
  outcome(await get(other, 'todos:list', token)),
]
const forbidden = ['403 NO_PERMISSION', '403 NO_PERMISSION']
const refused = ['401 INVALID_TOKEN', '401 INVALID_TOKEN']

describe('at the next request, on every node', () => {
  it('a new grant counts', async () => {
    const { user, role } = await reader()
    const create = () => post(other, 'todos:create', user.token, { title: 'x' })
    expect(outcome(await create())).toBe('403 NO_PERMISSION')
    await post(app, 'grants:create', root, { role, resource: 'todos', actions: ['create'] })
    expect(outcome(await create())).toBe('200')
  })

  it('a grant that was taken back is gone', async () => {
    const { user, grant } = await reader()
    await post(app, `grants:destroy/${grant}`, root)
    expect(await onBoth(user)).toEqual(forbidden)
  })

  it('a grant that was narrowed is narrow', async () => {
    const { user, grant } = await reader()
    await post(other, `grants:update/${grant}`, root, { actions: ['get'] })
    expect(await onBoth(user)).toEqual(forbidden)
  })

  it('a role that was taken away is gone', async () => {
    const { user, role } = await reader()
    await post(other, `users/${user.id}/roles:remove`, root, [role])
    expect(await onBoth(user)).toEqual(forbidden)
    await post(app, `users/${user.id}/roles:add`, root, [role])
    expect(await onBoth(user)).toEqual(['200', '200'])
  })

  it('a role that was deleted is gone, and does not come back with its name', async () => {
    const { user, role } = await reader()
    await post(app, `roles:destroy/${role}`, root)
    expect(await onBoth(user)).toEqual(forbidden)
    await post(app, 'roles:create', root, { name: role })
    expect(await onBoth(user)).toEqual(forbidden)
    await post(app, `users/${user.id}/roles:add`, root, [role])
    expect(await onBoth(user)).toEqual(forbidden)
  })

  it('a role that was renamed goes on under its new name', async () => {
    const { user, role } = await reader()
    expect(outcome(await post(app, `roles:update/${role}`, root, { name: `${role}-new` }))).toBe('200')
    expect(await onBoth(user)).toEqual(['200', '200'])
    expect((await get(other, 'auth:check', user.token)).body.data.roles).toEqual(['member', `${role}-new`])
  })

  it('a user who was disabled is refused with the reason, and comes back when he is enabled', async () => {
    const { user } = await reader()
    await post(other, `users:update/${user.id}`, root, { enabled: false })
    expect(await onBoth(user)).toEqual(refused)
    expect((await get(app, 'todos:list', user.token)).body.errors[0].reason).toBe('owner')
    await post(app, `users:update/${user.id}`, root, { enabled: true })
    expect(await onBoth(user)).toEqual(['200', '200'])
  })

  it('a user who was deleted is refused', async () => {
    const { user } = await reader()
    await post(app, `users:destroy/${user.id}`, root)
    expect(await onBoth(user)).toEqual(refused)
  })

  it('a session that was signed out is refused', async () => {
    const { user } = await reader()
    await post(other, 'auth:signOut', user.token)
    expect(await onBoth(user)).toEqual(refused)
  })

  it('many users who were deleted together are refused', async () => {
    const { user } = await reader()
    const bodies = Array.from({ length: 300 }, (_, index) => ({
      email: `bulk${index}@x.example`,
      password: 'x'.repeat(8),
    }))
    // Passwords are hashed one by one: copies are enough for what is tested here.
    await app.application.db.sql`
      INSERT INTO users (email, nickname, password, enabled, "createdAt", "updatedAt")
      SELECT email, 'bulk', 'x', true, now(), now() FROM unnest(${bodies.map(({ email }) => email)}::text[]) AS email`
    await post(app, `users:update/${user.id}`, root, { nickname: 'bulk' })
    expect((await post(app, 'users:destroy?filter={"nickname":"bulk"}', root)).body).toEqual({ data: 301 })
    expect(await onBoth(user)).toEqual(refused)
  })
})

describe('grants that change in quick succession', () => {
  it('are in force as they are in the end, on every node', async () => {
    const { user, grant } = await reader()
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          post(index % 2 === 0 ? app : other, `grants:update/${grant}`, root, { actions: ['list'] }),
        ),
      )
      const revoked = await post(app, `grants:update/${grant}`, root, { actions: ['get'] })
      expect(revoked.status).toBe(200)
      expect(await onBoth(user)).toEqual(forbidden)
    }
  })

  it('stay changeable when one of them was broken with SQL', async () => {
    const { user, role, grant } = await reader()
    await app.application.db.sql`
      INSERT INTO grants (role, resource, actions, "where", "createdAt", "updatedAt")
      VALUES (${role}, 'todos', '["create"]', '"no filter"', now(), now())`
    await post(app, `grants:destroy/${grant}`, root)
    expect(await onBoth(user)).toEqual(forbidden)
    expect(outcome(await post(app, 'todos:create', user.token, { title: 'x' }))).toBe('403 NO_PERMISSION')
    const third = await createTestApp({ database: app.database })
    expect(outcome(await get(third, 'todos:list', root))).toBe('200')
    await third.close()
    await app.application.db.sql`DELETE FROM grants WHERE jsonb_typeof("where") = 'string'`
  })
})
