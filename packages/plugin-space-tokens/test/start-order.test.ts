import { expect, it } from '@jest/globals'
import { defineCollection, definePlugin, f } from '@postern/core'
import { createTestApp } from '@postern/testkit'
import spaceTokens from '../src/index.js'
import { createSpaceApp, data, get, outcome, post } from './space-app.js'

const early = definePlugin({
  name: 'early',
  collections: [defineCollection('earlies', { text: f.string() }, { spaced: true })],
  setup: ({ acl }) => acl.grant('anonymous', 'earlies', ['*']),
})

it('a plugin with a divided collection starts as it was, in any order, with this plugin on and off', async () => {
  const app = await createSpaceApp({ availablePlugins: [early] })
  await app.application.plugins.enable('early', 'test')
  const ann = await app.user('ann')
  const space = (await data(post(app, ann, 'spaces:create', { name: 'A' }))).id
  expect(await data(post(app, ann, 'earlies:create', { text: 'mine' }))).toMatchObject({ spaceId: space })
  const again = { availablePlugins: [early], database: app.database, clock: app.clock }
  const node = await createSpaceApp(again)
  expect(await data(get(node, ann, 'earlies:list'))).toMatchObject([{ text: 'mine', spaceId: space }])
  expect(await outcome(get(node, {}, 'earlies:list'))).toBe('401 EMPTY_TOKEN')
  await node.close()
  await app.application.plugins.disable(spaceTokens.name, 'test')
  // This one finds it switched off when it starts.
  const without = await createTestApp({ ...again, availablePlugins: [early, spaceTokens] })
  for (const server of [app, without]) {
    for (const caller of [{}, ann]) expect(await outcome(get(server, caller, 'earlies:list'))).toBe('404 NOT_FOUND')
    const root = { token: await server.signIn('root') }
    expect([400, 503]).toContain((await post(server, root, 'earlies:create', { text: 'x' })).status)
    expect((await get(server, root, 'earlies:list')).body.meta.count).toBe(1)
  }
  await app.application.plugins.enable(spaceTokens.name, 'test')
  for (const server of [app, without]) {
    expect(await data(get(server, ann, 'earlies:list'))).toMatchObject([{ text: 'mine', spaceId: space }])
  }
  await without.close()
  await app.close()
})

it('it cannot be switched on before: who made it is told why', async () => {
  const app = await createTestApp({ availablePlugins: [early, spaceTokens] })
  await expect(app.application.plugins.enable('early', 'test')).rejects.toThrow(
    'The collection "earlies" has the option "spaced", which no enabled plugin knows',
  )
  await app.application.plugins.enable(spaceTokens.name, 'test')
  await app.application.plugins.enable('early', 'test')
  await app.close()
})
