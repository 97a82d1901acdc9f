import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { ReceivedJson } from '@postern/testkit'
import { createWorld, data, get, outcome, post, type World } from './space-app.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.app.close())

it('what became of a token is kept when it is gone, for root to read', async () => {
  const { app, ann, a } = world
  const tokens = `spaces/${a}/tokens`
  const { id, token } = await data(post(app, ann, `${tokens}:create`, { name: 'ci', allowedIps: ['203.0.113.7'] }))
  await get(app, { spaceToken: token }, 'tasks:list')
  await data(post(app, ann, `${tokens}:update/${id}`, { enabled: false }))
  await data(post(app, ann, `${tokens}:update/${id}`, { enabled: true }))
  const next = await data(post(app, ann, `${tokens}:rotate/${id}`, { graceSeconds: 60 }))
  await data(post(app, ann, `${tokens}:destroy/${next.id}`))
  const root = { token: await app.signIn('root') }
  const eventsOf = async (tokenId: number): Promise<ReceivedJson[]> =>
    data(post(app, root, 'spaceTokenEvents:list', { filter: { tokenId }, sort: 'id' }))
  const events = await eventsOf(id)
  expect(events.map(({ event }) => event)).toEqual(['created', 'refused', 'disabled', 'enabled', 'rotated'])
  expect(events[0]).toMatchObject({
    tokenId: id,
    byUserId: ann.id,
    address: '127.0.0.1',
    requestId: expect.any(String),
  })
  expect(events[1]).toMatchObject({ reason: 'address' })
  expect((await eventsOf(next.id)).map(({ event }) => event)).toEqual(['created', 'revoked'])
  expect(await outcome(get(app, ann, 'spaceTokenEvents:list'))).toBe('403 NO_PERMISSION')
  expect(await outcome(post(app, root, 'spaceTokenEvents:create', {}))).toBe('403 NO_PERMISSION')
})
