import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { badge } from '../badge-plugin.js'
import { get, outcome } from '../calls.js'

let app: TestApp
let good: string

beforeAll(async () => {
  app = await createTestApp({ plugins: [badge] })
  await app.collection('news', { title: 'string' })
  await app.grant('member', 'news', ['list'])
  good = `Bearer ${await app.signIn('root')}`
})
afterAll(() => app?.close())

const ask = async (...headers: [string, string][]) => outcome(await app.request('GET', '/api/news:list', { headers }))

describe('400 AMBIGUOUS_CREDENTIALS', () => {
  it('for two of them in one header name, whatever the order and the spelling', async () => {
    const bad = 'Bearer nonsense'
    for (const [first, second] of [
      [good, bad],
      [bad, good],
      [good, good],
      [bad, bad],
      ['', good],
      [good, ''],
    ] as const) {
      for (const [one, other] of [
        ['Authorization', 'Authorization'],
        ['Authorization', 'authorization'],
        ['authorization', 'AUTHORIZATION'],
      ] as const) {
        expect(await ask([one, first], [other, second])).toBe('400 AMBIGUOUS_CREDENTIALS')
      }
    }
  })

  it('for two kinds together, and for one kind twice', async () => {
    expect(await ask(['Authorization', good], ['X-Badge', 'member'])).toBe('400 AMBIGUOUS_CREDENTIALS')
    expect(await ask(['X-Badge', 'wrong'], ['Authorization', good])).toBe('400 AMBIGUOUS_CREDENTIALS')
    expect(await ask(['X-Badge', 'member'], ['x-badge', 'member'])).toBe('400 AMBIGUOUS_CREDENTIALS')
  })

  it('carries none of them in the answer', async () => {
    const answer = await app.request('GET', '/api/news:list', {
      headers: [
        ['Authorization', good],
        ['Authorization', good],
      ],
    })
    expect(JSON.stringify(answer)).not.toContain(good.slice(7))
  })
})

describe('each by itself', () => {
  it('is taken', async () => {
    expect(await ask(['Authorization', good])).toBe('200')
    expect(await ask(['X-Badge', 'member'])).toBe('200')
    expect(await ask(['X-Badge', 'wrong'])).toBe('401 INVALID_TOKEN')
  })

  it('counts only in its own header, also when it is known there', async () => {
    expect(await ask(['Authorization', good])).toBe('200')
    expect(await ask(['X-Badge', good])).toBe('401 INVALID_TOKEN')
    expect(await ask(['X-Badge', 'member'])).toBe('200')
    expect(await ask(['Authorization', 'member'])).toBe('401 INVALID_TOKEN')
    expect(await ask(['Authorization', 'x-badge member'])).toBe('401 INVALID_TOKEN')
  })

  it('ends with its plugin', async () => {
    expect(await ask(['X-Badge', 'member'])).toBe('200')
    await app.application.plugins.disable('badge', 'test')
    expect((await get(app, 'news:list', undefined, { 'X-Badge': 'member' })).status).toBe(401)
    await app.application.plugins.enable('badge', 'test')
    expect(await ask(['X-Badge', 'member'])).toBe('200')
  })
})
