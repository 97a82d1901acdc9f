import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineAction, definePlugin } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'

const hello = definePlugin({
  name: 'hello',
  version: '1.2.3',
  setup: ({ acl, resources }) => {
    acl.grant('anonymous', 'hello', ['greet'])
    resources.define('hello', { greet: defineAction({ summary: 'Greet', reads: true, run: () => 'Hello' }) })
  },
})

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp({ availablePlugins: [hello] })
  root = await app.signIn('root')
})
afterAll(() => app?.close())

describe('plugins over HTTP', () => {
  it('are switched on and off in force at once, by both spellings of the name', async () => {
    expect((await get(app, 'hello:greet')).status).toBe(404)
    const on = await post(app, 'plugins:enable?filterByTk=hello', root)
    expect(on.body.data).toMatchObject({ plugin: 'hello', state: 'enabled', changed: true })
    expect((await get(app, 'hello:greet')).body).toEqual({ data: 'Hello' })
    expect((await post(app, 'plugins:enable/hello', root)).body.data).toMatchObject({ changed: false })
    const off = await post(app, 'plugins:disable/hello', root)
    expect(off.body.data).toMatchObject({ plugin: 'hello', state: 'disabled', changed: true })
    expect((await get(app, 'hello:greet')).status).toBe(404)
  })

  it('are listed with their states', async () => {
    const { body } = await get(app, 'plugins:list', root)
    expect(body.data).toContainEqual(expect.objectContaining({ name: 'hello', version: '1.2.3', state: 'disabled' }))
  })

  it.each(['nothing', 'users', 'core%2Fusers', '__proto__', '..%2Fhello', 'hello%00', '%20hello', 'HELLO'])(
    'are 404 by the name %s',
    async (name) => {
      for (const action of ['enable', 'disable'])
        expect(outcome(await post(app, `plugins:${action}/${name}`, root))).toBe('404 NOT_FOUND')
    },
  )

  it('need a name, and a POST', async () => {
    expect((await post(app, 'plugins:enable', root)).status).toBe(400)
    expect(outcome(await get(app, 'plugins:enable/hello', root))).toBe('405 METHOD_NOT_ALLOWED')
  })

  it('are for those to whom it is granted', async () => {
    const { token } = await app.user('otto')
    for (const path of ['plugins:enable/hello', 'plugins:disable/hello', 'plugins:enable/nothing', 'plugins:list']) {
      expect([path, outcome(await post(app, path, token))]).toEqual([path, '403 NO_PERMISSION'])
      expect([path, outcome(await post(app, path))]).toEqual([path, '401 EMPTY_TOKEN'])
    }
    await app.grant('operator', 'plugins', ['enable'])
    const operator = await app.user('oprah', { roles: ['operator'] })
    expect(outcome(await post(app, 'plugins:enable/hello', operator.token))).toBe('200')
    expect(outcome(await post(app, 'plugins:disable/hello', operator.token))).toBe('403 NO_PERMISSION')
  })
})
