import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { defineAction, defineCollection, defineErrors, defineEvent, definePlugin, f } from '@postern/core'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { z } from 'zod'
import { countRows, outcome, post } from '../calls.js'

const parcels = defineCollection('parcels', { label: f.string(), sent: f.boolean().default(false) })
const errors = defineErrors('PARCELS', { LOST: { status: 409, message: 'The parcel is lost' } })
const sent = defineEvent<{ label: string }>('parcels/sent')

/** What hooks, actions and listeners saw, in order. */
const seen: unknown[] = []
let restricted = false

const plugin = definePlugin({
  name: 'parcels',
  collections: [parcels],
  setup: ({ acl, events, hooks, resources }) => {
    acl.grant('member', 'parcels', ['send'], { where: { createdById: '{{$user.id}}' } })
    acl.grant('member', 'parcels', ['create', 'echo', 'stamp'])
    acl.restrict((_principal, resource, action) =>
      restricted && resource === 'parcels' && action === 'send' ? { where: { label: 'red' } } : undefined,
    )
    hooks.before('parcels:echo', ({ values }) => {
      seen.push(['before', { ...values }])
      values['added'] = true
      delete values['secret']
    })
    hooks.before('parcels:stamp', ({ values }) => {
      delete values['optional']
    })
    hooks.written('parcels:send', async ({ records, key, action, db }) => {
      seen.push(['written', action, key, records])
      await db.repository(parcels).create({ label: 'receipt' })
      if (losing) throw errors.LOST()
    })
    events.on(sent, ({ label }) => void seen.push(['told', label]))
    resources.define('parcels', {
      send: defineAction({
        summary: 'Send',
        key: true,
        run: async ({ db, key }) => {
          events.emit(sent, { label: 'after commit' }, db)
          events.emit(sent, { label: 'at once' })
          seen.push(['ran'])
          await db.repository(parcels).update({ filter: { id: Number(key) }, values: { sent: true } })
        },
      }),
      echo: defineAction({ summary: 'Echo', run: ({ body, input }) => ({ body, input: input ?? null }) }),
      stamp: defineAction({
        summary: 'Stamp',
        input: z.object({ optional: z.string().optional() }),
        run: ({ input }) => input,
      }),
    })
  },
})
let losing = false

let app: TestApp
let ann: TestUser
let bob: TestUser
beforeAll(async () => {
  app = await createTestApp({ plugins: [plugin] })
  ann = await app.user('ann', { roles: ['member'] })
  bob = await app.user('bob', { roles: ['member'] })
  for (const label of ['red', 'blue']) await post(app, 'parcels:create', ann.token, { label })
})
afterAll(() => app?.close())
beforeEach(() => {
  seen.length = 0
  losing = false
  restricted = false
})

describe('an action of a plugin on one record', () => {
  it('404 for a record outside of the rows that are granted, equal to the byte to one that is not there', async () => {
    const foreign = await post(app, 'parcels:send/1', bob.token)
    const absent = await post(app, 'parcels:send/999', bob.token)
    expect([outcome(foreign), outcome(absent)]).toEqual(['404 NOT_FOUND', '404 NOT_FOUND'])
    expect(foreign.text).toBe(absent.text)
    expect(outcome(await post(app, 'parcels:send/x', bob.token))).toBe('404 NOT_FOUND')
    expect(seen).toEqual([])
    expect((await post(app, 'parcels:send/1', ann.token)).status).toBe(200)
  })

  it('404 for a record outside of the rows that a restriction leaves, for root too', async () => {
    restricted = true
    const root = await app.signIn('root')
    expect(outcome(await post(app, 'parcels:send/2', root))).toBe('404 NOT_FOUND')
    expect((await post(app, 'parcels:send/1', root)).status).toBe(200)
    restricted = false
    expect((await post(app, 'parcels:send/2', root)).status).toBe(200)
  })
})

describe('its hooks', () => {
  it('written: after it ran, in its transaction; a throw undoes both', async () => {
    const before = await countRows(app, 'parcels')
    expect((await post(app, 'parcels:send/1', ann.token)).status).toBe(200)
    expect(await countRows(app, 'parcels')).toBe(before + 1)
    losing = true
    expect(outcome(await post(app, 'parcels:send/1', ann.token))).toBe('409 PARCELS_LOST')
    expect(await countRows(app, 'parcels')).toBe(before + 1)
    expect(seen.filter((entry) => Array.isArray(entry) && entry[0] === 'written')).toEqual([
      ['written', 'send', '1', []],
      ['written', 'send', '1', []],
    ])
  })

  it('before: change the body of one that declares no input', async () => {
    const { body } = await post(app, 'parcels:echo', ann.token, { text: 'x', secret: 'y' })
    expect(seen).toEqual([['before', { text: 'x', secret: 'y' }]])
    expect(body.data).toEqual({ body: { text: 'x', added: true }, input: null })
  })

  it('before: may give a body to a call without one; a list stays as it is', async () => {
    expect((await post(app, 'parcels:echo', ann.token)).body.data.body).toEqual({ added: true })
    expect((await post(app, 'parcels:echo', ann.token, [1, 2])).body.data.body).toEqual([1, 2])
  })

  it('before: may take a member of the input away', async () => {
    expect((await post(app, 'parcels:stamp', ann.token, { optional: 'x' })).body.data).toEqual({})
  })
})

describe('its events', () => {
  it('are told when its transaction is committed where they are given its db, and at once otherwise', async () => {
    await post(app, 'parcels:send/1', ann.token)
    expect(seen.map((entry) => (Array.isArray(entry) ? entry.slice(0, 2) : entry))).toEqual([
      ['told', 'at once'],
      ['ran'],
      ['written', 'send'],
      ['told', 'after commit'],
    ])
  })

  it('are not told when it is undone', async () => {
    losing = true
    await post(app, 'parcels:send/1', ann.token)
    expect(seen).toContainEqual(['told', 'at once'])
    expect(seen).not.toContainEqual(['told', 'after commit'])
  })
})
