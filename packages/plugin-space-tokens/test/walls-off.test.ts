import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import apiKeys from '../../plugin-api-keys/src/index.js'
import spaceTokens from '../src/index.js'
import { ask, data, get, outcome, post } from './space-app.js'
import { createWalledWorld, type WalledWorld } from './walls-world.js'

let world: WalledWorld
let app: TestApp
const open: TestApp[] = []
beforeAll(async () => {
  world = await createWalledWorld([apiKeys])
  app = world.app
})
afterAll(async () => {
  await world?.eye.close()
  for (const other of open) await other.close()
  await app?.close()
})

const notFound = { status: 404, body: { errors: [{ code: 'NOT_FOUND' }] } }
const actions = ['list', 'get', 'create', 'update', 'destroy', 'query', 'move', 'firstOrCreate', 'updateOrCreate']

/** Everything that can be asked of a collection which nobody but root may know. */
async function expectClosed(of: TestApp, token: string): Promise<void> {
  const { ann, a, mine } = world
  const callers = [{ token: ann.token }, { token: ann.token, space: a }, { token }, { token, space: a }, {}]
  for (const caller of callers) {
    for (const action of actions) {
      const path = `tasks:${action}${['get', 'update'].includes(action) ? `/${mine.task}` : ''}`
      expect([path, await post(of, caller, path, {})]).toMatchObject([path, notFound])
    }
    expect(await get(of, caller, `tasks/${mine.task}/tags:list`)).toMatchObject(notFound)
    expect(await get(of, caller, 'projects:list?appends=tasks')).toMatchObject(notFound)
    expect((await ask(of, caller, 'GET', '/openapi/bases/A/tables/tasks/records')).status).toBe(404)
  }
  expect(await outcome(get(of, world.ta, 'tasks:list'))).toBe('401 INVALID_TOKEN')
}

async function expectRootOnly(of: TestApp): Promise<void> {
  const admin = { token: await of.signIn('root') }
  expect((await get(of, admin, 'tasks:list?pageSize=100')).body.meta.count).toBe(7)
  expect(await outcome(post(of, admin, 'tasks:create', { title: 'stray' }))).toBe('400 INVALID_VALUE')
  expect(await outcome(post(of, admin, 'projects:create', { name: 'stray' }))).toBe('400 INVALID_VALUE')
  expect(
    await outcome(post(of, admin, 'tasks:firstOrCreate', { filterKeys: ['title'], values: { title: 'stray' } })),
  ).toMatch(/^400/)
}

describe('with the plugin off', () => {
  it('divided collections answer 404 to everybody but root, also after a start; on again everything is as before', async () => {
    const { ann, a, b, ta, tb } = world
    for (const role of ['member', 'anonymous']) {
      for (const table of ['tasks', 'tags', 'projects']) await app.grant(role, table, ['*'])
    }
    const { token } = await data(post(app, ann, 'apiKeys:create', { name: 'key', role: 'member' }))
    const before = [await world.everythingIn(a), await world.everythingIn(b)]
    const lists = [await get(app, ta, 'tasks:list'), await get(app, tb, 'tasks:list?appends=tags')]
    await app.application.plugins.disable('space-tokens', 'test')
    await expectClosed(app, token)
    await expectRootOnly(app)
    // One that starts now never heard what the option means.
    const other = await createTestApp({
      database: app.database,
      availablePlugins: [apiKeys, spaceTokens],
      settings: { LIMIT_FAILED_CREDENTIALS: '0' },
    })
    open.push(other)
    await expectClosed(other, token)
    await expectRootOnly(other)
    expect([await world.everythingIn(a), await world.everythingIn(b)]).toEqual(before)
    expect(await world.eye.run('SELECT FROM tasks WHERE "spaceId" IS NULL')).toEqual([])
    await app.application.plugins.enable('space-tokens', 'test')
    for (const each of [app, other]) {
      const again = [await get(each, ta, 'tasks:list'), await get(each, tb, 'tasks:list?appends=tags')]
      expect(again.map(({ text }) => text)).toEqual(lists.map(({ text }) => text))
      expect(await outcome(get(each, { token: ann.token }, 'tasks:list'))).toBe('200')
    }
  })
})
