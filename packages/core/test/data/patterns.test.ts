import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'

let app: TestApp

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('codes', {
    plain: { type: 'string', pattern: '^[a-z]+$' },
    endless: { type: 'text', pattern: '^(a+)+$' },
    square: { type: 'text', pattern: 'x+y' },
    choices: { type: 'text', pattern: `^${'(a|a)'.repeat(29)}b` },
    optional: { type: 'text', pattern: `^${'a?'.repeat(40)}${'a'.repeat(40)}$` },
    between: { type: 'text', pattern: '^(.*)*(.*)*(.*)*(.*)*[^a]$' },
  })
  await app.grant('anonymous', 'codes', ['*'])
})
afterAll(() => app?.close())

describe('a pattern', () => {
  it('decides what may be stored', async () => {
    expect((await post(app, 'codes:create', undefined, { plain: 'abc', endless: 'aaa', square: 'xxy' })).status).toBe(
      200,
    )
    expectRefusal(await post(app, 'codes:create', undefined, { plain: 'ABC' }), '400 INVALID_VALUE', 'plain')
  })

  it('may be matched with a thousand records at once', async () => {
    const records = Array.from({ length: 1000 }, () => ({ plain: 'abc', endless: 'aa' }))
    expect((await post(app, 'codes:create', undefined, records)).status).toBe(200)
  })
})

describe('400 for a text over which a pattern would sit for years', () => {
  it.each([
    ['endless', `${'a'.repeat(60)}b`],
    ['square', 'x'.repeat(2_000_000)],
    ['choices', 'a'.repeat(60)],
    ['optional', 'a'.repeat(39)],
    ['between', 'a'.repeat(1000)],
  ])('%s', async (field, value) => {
    const started = performance.now()
    expectRefusal(await post(app, 'codes:create', undefined, { [field]: value }), '400 INVALID_VALUE', field)
    const many = Array.from({ length: 200 }, () => ({ [field]: value.slice(0, 1000) }))
    await post(app, 'codes:create', undefined, many)
    expect((await post(app, 'codes:create', undefined, { plain: 'abc' })).status).toBe(200)
    expect(performance.now() - started).toBeLessThan(3000)
  })
})

it('400 for a definition whose pattern cannot be matched in linear time', async () => {
  const root = await app.signIn('root')
  const define = (pattern: string) =>
    post(app, 'collections:create', root, { name: 'others', fields: [{ name: 'a', type: 'string', pattern }] })
  for (const pattern of ['(?=a)', '(a)\\1', '(?:a{1000}){1000}', '(']) {
    expectRefusal(await define(pattern), '400 INVALID_VALUE', 'fields.0.pattern')
  }
})
