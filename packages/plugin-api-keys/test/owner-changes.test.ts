import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import { createKeyApp, expectRefused, makeKey, post, useKey, type MadeKey } from './key-app.js'

let app: TestApp
let root: string
let people = 0

beforeAll(async () => {
  app = await createKeyApp()
  root = await app.signIn('root')
})
afterAll(() => app?.close())

/** An owner and his key, which the server has in its memory. */
async function makeOwner(role = 'editor'): Promise<{ readonly owner: TestUser; readonly key: MadeKey }> {
  if (role !== 'editor') await app.grant(role, 'todos', ['list'])
  const owner = await app.user(`owner${++people}`, { roles: [role] })
  const key = await makeKey(app, owner, { role })
  expect((await useKey(app, key)).status).toBe(200)
  return { owner, key }
}

const isThere = async ({ id }: MadeKey): Promise<boolean> =>
  (await app.request('GET', `/api/apiKeys:get/${id}`, { token: root })).status === 200

describe('401 at the next request when the owner', () => {
  it('is deleted; his keys go with him', async () => {
    const { owner, key } = await makeOwner()
    expect((await app.request('DELETE', `/api/users/${owner.id}`, { token: root })).status).toBe(200)
    expectRefused(await useKey(app, key))
    expect(await isThere(key)).toBe(false)
  })

  it('is blocked, until he is not any more', async () => {
    const { owner, key } = await makeOwner()
    await post(app, `users:update/${owner.id}`, root, { enabled: false })
    expectRefused(await useKey(app, key), 'owner')
    await post(app, `users:update/${owner.id}`, root, { enabled: true })
    expect((await useKey(app, key)).status).toBe(200)
  })

  it('loses the role, in whatever way', async () => {
    const { owner, key } = await makeOwner()
    const changes = [
      ['remove', ['editor']],
      ['set', ['member']],
      ['toggle', ['editor']],
    ] as const
    for (const [action, body] of changes) {
      await post(app, `users/${owner.id}/roles:${action}`, root, body)
      expectRefused(await useKey(app, key), 'owner')
      await post(app, `users/${owner.id}/roles:add`, root, ['editor'])
      expect((await useKey(app, key)).status).toBe(200)
    }
  })

  it('is deleted with SQL, where the server did not know the key yet', async () => {
    const { owner } = await makeOwner()
    const key = await makeKey(app, owner)
    await app.application.db.sql`DELETE FROM users WHERE id = ${owner.id}`
    expectRefused(await useKey(app, key))
    expect(await isThere(key)).toBe(false)
  })
})

describe('401 at the next request when the role', () => {
  it('is deleted, and for ever: a new role of that name is another one', async () => {
    const { owner, key } = await makeOwner('seasonal')
    expect((await app.request('DELETE', '/api/roles/seasonal', { token: root })).status).toBe(200)
    expectRefused(await useKey(app, key))
    expect((await post(app, 'roles:create', root, { name: 'seasonal' })).status).toBe(200)
    await post(app, `users/${owner.id}/roles:add`, root, ['seasonal'])
    await post(app, 'grants:create', root, { role: 'seasonal', resource: 'todos', actions: ['list'] })
    expectRefused(await useKey(app, key))
    expect(await isThere(key)).toBe(false)
  })

  it('is renamed: the key says another role than its row', async () => {
    const { key } = await makeOwner('autumn')
    expect((await post(app, 'roles:update/autumn', root, { name: 'fall' })).status).toBe(200)
    expectRefused(await useKey(app, key))
    const got = await app.request('GET', `/api/apiKeys:get/${key.id}`, { token: root })
    expect(got.body.data.roleName).toBe('fall')
  })
})

describe('200 all the same', () => {
  it('when the owner changes his password, or it is changed for him', async () => {
    const { owner, key } = await makeOwner()
    const passwords = { oldPassword: owner.password, newPassword: 'another-good-password' }
    expect((await post(app, 'auth:changePassword', owner.token, passwords)).status).toBe(200)
    expect((await useKey(app, key)).status).toBe(200)
    await post(app, `users:update/${owner.id}`, root, { password: 'yet-another-password' })
    expect((await useKey(app, key)).status).toBe(200)
  })

  it('when he signs out', async () => {
    const { owner, key } = await makeOwner()
    expect((await post(app, 'auth:signOut', owner.token)).status).toBe(200)
    expect((await useKey(app, key)).status).toBe(200)
  })

  it('when another role of his goes', async () => {
    const { owner, key } = await makeOwner()
    await post(app, `users/${owner.id}/roles:remove`, root, ['member'])
    expect((await useKey(app, key)).status).toBe(200)
  })
})

describe('what the role may do', () => {
  it('is in force at once when it changes', async () => {
    const { key } = await makeOwner('winter')
    expect((await post(app, 'todos:create', key.token, { title: 'x' })).status).toBe(403)
    await post(app, 'grants:create', root, { role: 'winter', resource: 'todos', actions: ['create'] })
    expect((await post(app, 'todos:create', key.token, { title: 'x' })).status).toBe(200)
    const filter = encodeURIComponent('{"role":"winter"}')
    await post(app, `grants:destroy?filter=${filter}`, root)
    expect((await useKey(app, key)).status).toBe(403)
  })
})

describe('the answer to a change of password', () => {
  it('says how many keys of the user work', async () => {
    const { owner } = await makeOwner()
    await makeKey(app, owner, { expiresIn: 'never' })
    const [off, gone] = [await makeKey(app, owner, { enabled: false }), await makeKey(app, owner)]
    await app.application.db.sql`UPDATE "apiKeys" SET "expiresAt" = now() - interval '1 day' WHERE id = ${gone.id}`
    const body = { oldPassword: owner.password, newPassword: 'another-good-password' }
    expect((await post(app, 'auth:changePassword', owner.token, body)).body).toEqual({ data: { liveApiKeys: 2 } })
    await post(app, `apiKeys:update/${off.id}`, owner.token, { enabled: true })
    const back = { oldPassword: body.newPassword, newPassword: owner.password }
    expect((await post(app, 'auth:changePassword', owner.token, back)).body).toEqual({ data: { liveApiKeys: 3 } })
    await post(app, `users/${owner.id}/roles:remove`, root, ['editor'])
    expect((await post(app, 'auth:changePassword', owner.token, body)).body).toEqual({ data: { liveApiKeys: 0 } })
  })
})
