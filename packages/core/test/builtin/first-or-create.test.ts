import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import apiKeys from '@postern/plugin-api-keys'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'

let app: TestApp
let root: string
const name = 'things'

beforeAll(async () => {
  app = await createTestApp({ plugins: [apiKeys] })
  root = await app.signIn('root')
  await app.collection(name, { title: 'string' })
})
afterAll(() => app?.close())

describe("firstOrCreate and updateOrCreate of the server's own resources", () => {
  it.each(['users', 'apiKeys', 'sessions', 'usersRoles', 'collections', 'plugins'])(
    '%s have neither',
    async (resource) => {
      for (const action of ['firstOrCreate', 'updateOrCreate']) {
        const body = { email: 'a@b.example', name: 'x', username: 'x', password: 'a long password' }
        for (const keys of ['email', 'name', 'id']) {
          expectRefusal(await post(app, `${resource}:${action}?filterKeys=${keys}`, root, body), '404 NOT_FOUND')
        }
      }
    },
  )

  it('grants and roles keep their guards', async () => {
    for (const resource of ['grants', 'roles']) await app.grant('managers', resource, ['*'])
    const { token } = await app.user('manager', { roles: ['managers'] })
    for (const action of ['firstOrCreate', 'updateOrCreate']) {
      const grant = (body: object) => post(app, `grants:${action}?filterKeys=role,resource`, token, body)
      expectRefusal(await grant({ role: 'root', resource: 'users', actions: ['*'] }), '403 NO_PERMISSION')
      expectRefusal(await grant({ role: 'nobody-there', resource: name, actions: ['*'] }), '400 INVALID_VALUE', 'role')
      expectRefusal(await grant({ role: 'anonymous', resource: name, actions: ['fly'] }), '400 INVALID_VALUE')
    }
    const renaming = await post(app, 'roles:updateOrCreate?filterKeys=name', token, { name: 'admin', title: 'x' })
    expectRefusal(renaming, '409 CONFLICT')
    const granting = { role: 'anonymous', resource: name, actions: ['list'] }
    expect(outcome(await post(app, 'grants:firstOrCreate?filterKeys=role,resource', token, granting))).toBe('200')
    expect(outcome(await get(app, `${name}:list`))).toBe('200')
  })
})
