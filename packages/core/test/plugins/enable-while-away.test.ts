import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineAction, defineCollection, definePlugin, f } from '@postern/core'
import { createDatabase, createTestApp, type TestApp, type TestDatabase } from '@postern/testkit'
import { TcpProxy } from '../app/tcp-proxy.js'
import { eventually } from '../eventually.js'

let atTheEnd = (): Promise<void> => Promise.resolve()
const notes = definePlugin({
  name: 'notes',
  collections: [defineCollection('awayNotes', { title: f.string() })],
  setup: async ({ acl, resources }) => {
    acl.grant('anonymous', 'awayNotes', ['ask'])
    resources.define('awayNotes', { ask: defineAction({ summary: 'Ask', reads: true, run: () => 'well' }) })
    await atTheEnd()
  },
})

let database: TestDatabase
let proxy: TcpProxy
let app: TestApp

beforeAll(async () => {
  database = await createDatabase({ started: true })
  proxy = await TcpProxy.open(database.url)
  app = await createTestApp({ database: { ...database, url: proxy.url }, availablePlugins: [notes] })
})
afterAll(async () => {
  await app?.close()
  await proxy?.close()
  await database?.drop()
})

const ask = async () => (await app.request('GET', '/api/awayNotes:ask')).status
const state = async () => (await app.application.plugins.list()).find(({ name }) => name === 'notes')
const isBack = () => eventually(async () => (await app.request('GET', '/readyz')).status === 200, 5000)

describe('the database goes away when a plugin is about to be stored as on', () => {
  it('503, nothing of it is there, and it is not the plugin that failed', async () => {
    atTheEnd = () => proxy.set('refuse')
    await expect(app.application.plugins.enable('notes', 'test')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await ask()).toBe(404)
    await proxy.set('forward')
    await isBack()
    expect(await state()).toMatchObject({ state: 'disabled', error: null })
  })

  it('then it can be enabled, and is there again after the next outage without anybody’s help', async () => {
    atTheEnd = () => Promise.resolve()
    await app.application.plugins.enable('notes', 'test')
    expect(await ask()).toBe(200)
    await proxy.set('refuse')
    await proxy.set('forward')
    await isBack()
    expect(await ask()).toBe(200)
    expect(await state()).toMatchObject({ state: 'enabled', error: null })
  })

  it('one that is on goes on as it was when new options could not be stored', async () => {
    atTheEnd = () => proxy.set('refuse')
    await expect(app.application.plugins.reload('notes', 'test')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    atTheEnd = () => Promise.resolve()
    await proxy.set('forward')
    await isBack()
    await eventually(async () => (await ask()) === 200, 5000)
    expect(await state()).toMatchObject({ state: 'enabled', error: null })
  })
})
