import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { defineAction, defineCollection, defineErrors, definePlugin, f } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import { z } from 'zod'
import { countRows } from '../calls.js'

const letters = defineCollection('letters', { text: f.string(), stamp: f.string().maybe() })
const trail = defineCollection('trail', { entry: f.string() })
const errors = defineErrors('LETTERS', { RUDE: { status: 422, message: 'That is no way to write' } })

const seen: unknown[] = []
const plugin = definePlugin({
  name: 'letters',
  collections: [letters, trail],
  setup: ({ hooks, events, resources }) => {
    hooks.before('letters:create', ({ values, principal, key }) => {
      seen.push(['create', values['text'], principal.userId, key])
      if (values['text'] === 'rude') throw errors.RUDE()
      if (values['text'] === 'crash') throw new Error('hook boom')
      values['stamp'] = 'first'
    })
    hooks.before('letters:create', async ({ values, db }) => {
      values['stamp'] = `${String(values['stamp'])}, second`
      await db.repository(trail).create({ entry: `about to write ${String(values['text'])}` })
    })
    hooks.before('letters:update', async ({ values, targets }) => {
      seen.push(['update', (await targets()).map(({ text }) => text), values['text']])
    })
    hooks.before('letters:destroy', async ({ targets, values }) => {
      seen.push(['destroy', (await targets()).map(({ text }) => text), values])
    })
    hooks.before('letters:weigh', ({ values }) => {
      values['grams'] = Number(values['grams']) * 2
    })
    hooks.written('letters:create', async ({ records, db }) => {
      for (const { text } of records) {
        await db.repository(trail).create({ entry: `wrote ${String(text)}` })
        if (text === 'regretted') throw errors.RUDE()
      }
    })
    hooks.written('letters:destroy', ({ records }) => void seen.push(['gone', records.map(({ text }) => text)]))
    events.after('letters:create', ({ records }) => void seen.push(['told', records.map(({ text }) => text)]))
    resources.define('letters', {
      weigh: defineAction({
        summary: 'Weigh',
        input: z.object({ grams: z.number() }),
        run: ({ input }) => input.grams,
      }),
    })
  },
})

let app: TestApp
let token: string
beforeAll(async () => {
  app = await createTestApp({ plugins: [plugin] })
  token = await app.signIn('root')
})
afterAll(() => app?.close())
beforeEach(() => {
  seen.length = 0
})

const create = (body: unknown) => app.request('POST', '/api/letters:create', { token, body })
const counts = async () => [await countRows(app, 'letters'), await countRows(app, 'trail')]
const told = () => seen.filter((entry) => Array.isArray(entry) && entry[0] === 'told')

describe('hooks.before', () => {
  it('changes what is written, one hook after the other, and knows who calls', async () => {
    const { body } = await create({ text: 'dear' })
    expect(body.data).toMatchObject({ text: 'dear', stamp: 'first, second' })
    expect(seen).toEqual([
      ['create', 'dear', 1, undefined],
      ['told', ['dear']],
    ])
  })

  it('refuses with its own error, and nothing of the call remains, nor is told', async () => {
    const before = await counts()
    const { status, body } = await create({ text: 'rude' })
    expect(status).toBe(422)
    expect(body.errors).toEqual([{ code: 'LETTERS_RUDE', message: 'That is no way to write' }])
    expect(await counts()).toEqual(before)
    expect(told()).toEqual([])
  })

  it('is called for each record of a list; one refusal refuses them all and says which', async () => {
    const before = await counts()
    const { status, body } = await create([{ text: 'a' }, { text: 'b' }, { text: 'rude' }, { text: 'c' }])
    expect(status).toBe(422)
    expect(body.errors[0]).toMatchObject({ code: 'LETTERS_RUDE', path: '2' })
    expect(await counts()).toEqual(before)
    expect(seen.map((entry) => Reflect.get(Object(entry), 1))).toEqual(['a', 'b', 'rude'])
  })

  it('makes it a 500 that says nothing when a plain error is thrown', async () => {
    const { status, text, body } = await create({ text: 'crash' })
    expect([status, body.errors[0].code]).toEqual([500, 'INTERNAL'])
    expect(text).not.toContain('boom')
  })

  it('sees the records that are about to be changed or deleted, as they are now', async () => {
    const { id } = (await create({ text: 'draft' })).body.data
    await app.request('POST', `/api/letters:update/${id}`, { token, body: { text: 'final' } })
    await app.request('POST', `/api/letters:destroy/${id}`, { token })
    expect(seen.slice(2)).toEqual([
      ['update', ['draft'], 'final'],
      ['destroy', ['final'], {}],
      ['gone', ['final']],
    ])
  })

  it('changes the input of an action of a plugin’s own', async () => {
    const { body } = await app.request('POST', '/api/letters:weigh', { token, body: { grams: 4 } })
    expect(body).toEqual({ data: 8 })
  })
})

describe('hooks.written', () => {
  it('writes in the same transaction, and a throw undoes it all', async () => {
    const before = await counts()
    expect((await create([{ text: 'x' }, { text: 'regretted' }])).status).toBe(422)
    expect(await counts()).toEqual(before)
    expect(told()).toEqual([])
    await create({ text: 'kept' })
    expect(await counts()).toEqual([(before[0] ?? 0) + 1, (before[1] ?? 0) + 2])
  })
})

it('no hook of a plugin that is off is asked', async () => {
  const silent = definePlugin({
    name: 'censor',
    setup: ({ hooks }) => {
      hooks.before('things:create', () => {
        throw errors.RUDE()
      })
    },
  })
  const other = await createTestApp({ plugins: [silent] })
  await other.collection('things', { title: 'string' })
  await expect(other.as('root').call('things', 'create', { title: 'x' })).rejects.toMatchObject({ status: 422 })
  await other.application.plugins.disable('censor', 'test')
  expect(await other.as('root').call('things', 'create', { title: 'x' })).toMatchObject({ title: 'x' })
  await other.close()
})
