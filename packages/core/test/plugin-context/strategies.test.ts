import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineErrors, definePlugin, refuse } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, outcome } from '../calls.js'

const errors = defineErrors('PASS', { CLOSED: { status: 429, message: 'Come back later' } })

const pass = definePlugin({
  name: 'pass',
  setup: ({ auth }) => {
    auth.strategy('pass', {
      scheme: { type: 'apiKey', in: 'header', name: 'X-Pass' },
      read: (request) => (request.header('x-pass')?.startsWith('p:') ? request.header('x-pass') : undefined),
      verify: async (text, { address }) => {
        if (text === 'p:closed') throw errors.CLOSED()
        if (text === 'p:crash') throw new Error('strategy boom')
        if (text === 'p:old') return refuse('expired')
        if (text !== 'p:good') return refuse()
        return { kind: 'pass', userId: null, roles: ['editor'], attributes: { address } }
      },
    })
    auth.strategy('bearer-pass', {
      scheme: { type: 'http', scheme: 'bearer' },
      read: (request) => (request.header('authorization') === 'Bearer pass' ? 'pass' : undefined),
      verify: async () => ({ kind: 'pass', userId: 1, roles: ['editor'] }),
    })
  },
})

let app: TestApp
let token: string
beforeAll(async () => {
  app = await createTestApp({ plugins: [pass] })
  await app.collection('things', { title: 'string' })
  await app.grant('editor', 'things', ['list'])
  token = (await app.user('ann', { roles: ['editor'] })).token
})
afterAll(() => app?.close())

const list = async (headers: Record<string, string>, bearer?: string) =>
  outcome(await get(app, 'things:list', bearer, headers))

describe('auth.strategy', () => {
  it('reads a header of its own, in any case', async () => {
    expect(await list({ 'X-Pass': 'p:good' })).toBe('200')
    expect(await list({ 'x-pass': 'p:good' })).toBe('200')
  })

  it('401 for what is its own and no good; the reason only where it gives one', async () => {
    expect((await get(app, 'things:list', undefined, { 'X-Pass': 'p:bad' })).body.errors).toEqual([
      { code: 'INVALID_TOKEN', message: expect.any(String) },
    ])
    expect((await get(app, 'things:list', undefined, { 'X-Pass': 'p:old' })).body.errors).toEqual([
      { code: 'INVALID_TOKEN', message: expect.any(String), reason: 'expired' },
    ])
  })

  it('401 for what no strategy takes for its own', async () => {
    expect(await list({ 'X-Pass': 'something else' })).toBe('401 INVALID_TOKEN')
  })

  it('401 without a credential; an empty header is none', async () => {
    expect(await list({})).toBe('401 EMPTY_TOKEN')
    expect(await list({ 'X-Pass': '' })).toBe('401 EMPTY_TOKEN')
  })

  it('400 for two credentials at once, good or bad', async () => {
    expect(await list({ 'X-Pass': 'p:good' }, token)).toBe('400 AMBIGUOUS_CREDENTIALS')
    expect(await list({ 'X-Pass': 'p:bad' }, token)).toBe('400 AMBIGUOUS_CREDENTIALS')
    const twice = await app.request('GET', '/api/things:list', {
      headers: [
        ['X-Pass', 'p:good'],
        ['X-Pass', 'p:good'],
      ],
    })
    expect(outcome(twice)).toBe('400 AMBIGUOUS_CREDENTIALS')
  })

  it('shares the Authorization header with sessions: what is not its own is theirs', async () => {
    expect(await list({}, 'pass')).toBe('200')
    expect(await list({}, token)).toBe('200')
    expect(await list({}, 'passport')).toBe('401 INVALID_TOKEN')
  })

  it('its own errors are answered as they are; others are a 500 that says nothing, and nobody is let in', async () => {
    expect(await list({ 'X-Pass': 'p:closed' })).toBe('429 PASS_CLOSED')
    const crashed = await get(app, 'things:list', undefined, { 'X-Pass': 'p:crash' })
    expect(outcome(crashed)).toBe('500 INTERNAL')
    expect(crashed.text).not.toContain('boom')
  })

  it('is gone with its plugin: the header means nothing any more', async () => {
    await app.application.plugins.disable('pass', 'test')
    expect(await list({ 'X-Pass': 'p:good' })).toBe('401 EMPTY_TOKEN')
    expect(await list({ 'X-Pass': 'p:good' }, token)).toBe('200')
    await app.application.plugins.enable('pass', 'test')
    expect(await list({ 'X-Pass': 'p:good' })).toBe('200')
  })

  it('the header of space tokens carries a credential also where no plugin reads it: a bad one, and one of two', async () => {
    const header = { 'X-Undb-Api-Token': 'anything' }
    expect(await list(header)).toBe('401 INVALID_TOKEN')
    expect(await list(header, token)).toBe('400 AMBIGUOUS_CREDENTIALS')
    expect(await list({ 'X-Undb-Api-Token': '' }, token)).toBe('400 AMBIGUOUS_CREDENTIALS')
    expect(await list({ 'X-Undb-Api-Token': '' })).toBe('401 EMPTY_TOKEN')
  })
})
