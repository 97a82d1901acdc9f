import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { LiveApiKeys } from '@postern/core'
import { expectCleanDisable, type TestApp, type TestUser } from '@postern/testkit'
import apiKeys from '../src/index.js'
import { askForKey, createKeyApp, expectRefused, makeKey, post, useKey, type MadeKey } from './key-app.js'

let app: TestApp
let ann: TestUser
let key: MadeKey
let revoked: MadeKey

beforeAll(async () => {
  app = await createKeyApp()
  ann = await app.user('ann', { roles: ['editor'] })
  ;[key, revoked] = [await makeKey(app, ann), await makeKey(app, ann)]
  expect((await useKey(app, key)).status).toBe(200)
  await post(app, `apiKeys:destroy/${revoked.id}`, ann.token)
})
afterAll(() => app?.close())

describe('while the plugin is off', () => {
  beforeAll(async () => void (await app.application.plugins.disable(apiKeys.name, 'test')))

  it('every key is 401, also one that the server had in its memory', async () => expectRefused(await useKey(app, key)))

  it('its actions are 404', async () => {
    expect((await askForKey(app, ann)).status).toBe(404)
    for (const path of ['apiKeys:list', `apiKeys:get/${key.id}`]) {
      expect((await app.request('GET', `/api/${path}`, { token: ann.token })).status).toBe(404)
    }
  })

  it('its commands and its service are gone', () => {
    const names = [...app.application.commands.entries()].map(([name]) => name)
    expect(names.filter((name) => name.startsWith('key '))).toEqual([])
    expect(app.application.service(LiveApiKeys)).toBeUndefined()
  })

  it('sessions and changes of password go on', async () => {
    const body = { oldPassword: ann.password, newPassword: 'another-good-password' }
    expect((await post(app, 'auth:changePassword', ann.token, body)).body).toEqual({ data: { liveApiKeys: 0 } })
  })

  it('users and roles that have keys can be deleted', async () => {
    const root = await app.signIn('root')
    await app.application.plugins.enable(apiKeys.name, 'test')
    const ben = await app.user('ben', { roles: ['editor'] })
    const his = await makeKey(app, ben)
    await app.application.plugins.disable(apiKeys.name, 'test')
    expect((await app.request('DELETE', `/api/users/${ben.id}`, { token: root })).status).toBe(200)
    await app.application.plugins.enable(apiKeys.name, 'test')
    expectRefused(await useKey(app, his))
    await app.application.plugins.disable(apiKeys.name, 'test')
  })
})

describe('switched on again', () => {
  beforeAll(async () => void (await app.application.plugins.enable(apiKeys.name, 'test')))

  it('the keys that were not revoked work', async () => {
    expect((await useKey(app, key)).status).toBe(200)
    expectRefused(await useKey(app, revoked))
  })
})

it('leaves cleanly', () =>
  expectCleanDisable(apiKeys, {
    use: async (server) => {
      const root = { token: await server.signIn('root') }
      const made = await makeKey(server, root, { role: 'root' })
      await server.request('GET', '/api/auth:check', { token: made.token })
      await post(server, `apiKeys:destroy/${made.id}`, made.token)
    },
  }))
