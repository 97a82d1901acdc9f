import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineAction, definePlugin } from '@postern/core'
import { createDatabase, createTestApp, type TestApp, type TestDatabase } from '@postern/testkit'
import { eventually } from '../eventually.js'
import { TcpProxy } from './tcp-proxy.js'

const greeter = definePlugin({
  name: 'greeter',
  setup: ({ acl, resources }) => {
    acl.grant('anonymous', 'greeter', ['greet'])
    return resources.define('greeter', { greet: defineAction({ summary: 'Greet', reads: true, run: () => 'hello' }) })
  },
})

let database: TestDatabase
let proxy: TcpProxy
/** Its messages come through the proxy. */
let lonely: TestApp
let other: TestApp

beforeAll(async () => {
  database = await createDatabase({ started: true })
  proxy = await TcpProxy.open(database.url)
  lonely = await createTestApp({ database: { ...database, url: proxy.url }, availablePlugins: [greeter] })
  other = await createTestApp({ database, availablePlugins: [greeter] })
  await other.collection('todos', { title: 'string' })
})
afterAll(async () => {
  await lonely?.close()
  await other?.close()
  await proxy?.close()
  await database?.drop()
})

describe('a node that gets no messages', () => {
  it('serves on, trusts no credential that was revoked meanwhile, and catches up within 5 s of their return', async () => {
    const ann = await other.user('ann')
    const list = (app: TestApp, token?: string) => app.request('GET', '/api/todos:list', token ? { token } : {})
    await other.grant('member', 'todos', ['list'])
    expect((await list(lonely, ann.token)).status).toBe(200)
    await proxy.set('refuse', 'postern listen')
    // It waits for the node as long as toggles do.
    const toggle = other.application.plugins.enable('greeter', 'test')

    const stays = await other.signIn('ann')
    expect((await other.request('POST', '/api/auth:signOut', { token: ann.token })).status).toBeLessThan(300)
    expect((await list(lonely, ann.token)).status).toBe(401)
    expect((await list(lonely, stays)).status).toBe(200)

    await other.grant('anonymous', 'todos', ['list'])
    await proxy.set('forward')
    await eventually(async () => (await list(lonely)).status === 200, 5000)
    await eventually(async () => (await lonely.request('GET', '/api/greeter:greet')).status === 200, 5000)
    await toggle
  })
})
