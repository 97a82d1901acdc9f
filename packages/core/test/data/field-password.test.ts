import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineCollection, definePlugin, f, verifyPassword } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'

const doors = defineCollection('doors', { name: f.string(), code: f.password({ minLength: 4 }).maybe() })
const doorsPlugin = definePlugin({ name: 'doors', collections: [doors], setup: () => undefined })

let app: TestApp
let root: string
const secret = 'correct horse'

beforeAll(async () => {
  app = await createTestApp({ plugins: [doorsPlugin] })
  root = await app.signIn('root')
  await app.collection('safes', { title: 'string', code: { type: 'password', minLength: 4, maxLength: 40 } })
})
afterAll(() => app?.close())

const stored = async (id: number): Promise<string> => {
  const { rows } = await app.application.db.sql`SELECT code FROM safes WHERE id = ${id}`
  return String(rows[0]?.['code'])
}

describe('a password field', () => {
  it('is stored as a hash of its own each time, by create, update and lists of records', async () => {
    const one = (await post(app, 'safes:create', root, { code: secret })).body.data
    const [two] = (await post(app, 'safes:create', root, [{ code: secret }, {}])).body.data
    expect(await stored(one.id)).toMatch(/^scrypt\$/)
    expect(await verifyPassword(secret, await stored(one.id))).toBe(true)
    expect(await stored(two.id)).not.toBe(await stored(one.id))
    await post(app, `safes:update/${one.id}`, root, { code: 'another one' })
    expect(await verifyPassword('another one', await stored(one.id))).toBe(true)
    await post(app, `safes:update/${one.id}`, root, { code: null })
    expect(await stored(one.id)).toBe('null')
  })

  it('is in no answer, whatever is asked for', async () => {
    const { body, text } = await post(app, 'safes:create', root, { title: 'x', code: secret })
    const texts = [text]
    expect(Object.keys(body.data)).not.toContain('code')
    texts.push((await post(app, `safes:update/${body.data.id}`, root, { code: secret })).text)
    texts.push((await get(app, `safes:get/${body.data.id}`, root)).text, (await get(app, 'safes:list', root)).text)
    for (const answer of texts) expect(answer).not.toMatch(/scrypt|correct horse|"code"/)
    for (const call of ['list?fields=code', 'list?except=code']) {
      expectRefusal(await get(app, `safes:${call}`, root), '400 INVALID_FIELDS')
    }
  })

  it('cannot be filtered, sorted or used to find a record, whether it is the right one or not', async () => {
    for (const value of [secret, 'wrong', null, { $startsWith: 'scrypt' }, { $exists: true }, { $ne: 'x' }]) {
      const answer = await post(app, 'safes:list', root, { filter: { code: value } })
      expectRefusal(answer, '400 INVALID_FILTER', 'filter.code')
      expectRefusal(
        await post(app, `safes:destroy?filter=${encodeURIComponent(JSON.stringify({ code: value }))}`, root),
        '400 INVALID_FILTER',
      )
    }
    expectRefusal(await get(app, 'safes:list?sort=-code', root), '400 INVALID_SORT')
  })

  it.each([['abc'], ['x'.repeat(41)], [1], [true], [[]], ['a\0bcd']])('400 for %j', async (code) => {
    expectRefusal(await post(app, 'safes:create', root, { code }), '400 INVALID_VALUE', 'code')
  })

  it.each([
    ['unique', true],
    ['index', true],
    ['default', 'known'],
    ['hidden', false],
    ['enum', ['a']],
    ['minimum', 1],
  ])('has no %s', async (option, value) => {
    const fields = [{ name: 'code', type: 'password', [option]: value }]
    expectRefusal(await post(app, 'collections:create', root, { name: 'nope', fields }), '400 INVALID_VALUE')
  })

  it('required: neither null nor absent', async () => {
    await app.collection('vaults', { code: { type: 'password', required: true } })
    expectRefusal(await post(app, 'vaults:create', root, {}), '400 INVALID_VALUE', 'code')
    expectRefusal(await post(app, 'vaults:create', root, { code: null }), '400 INVALID_VALUE', 'code')
    expectRefusal(await post(app, 'vaults:create', root, { code: '' }), '400 INVALID_VALUE', 'code')
  })

  it('never becomes a field of another type, nor another one a password', async () => {
    for (const [field, type] of [
      ['code', 'text'],
      ['title', 'password'],
    ]) {
      const answer = await post(app, `collections/safes/fields:update/${field}?force=true`, root, { type })
      expectRefusal(answer, '400 INVALID_VALUE', 'type')
    }
    expect(outcome(await post(app, 'collections/safes/fields:update/code', root, { minLength: 6 }))).toBe('200')
  })

  it('in code: repositories take the password and give the hash, for verifyPassword', async () => {
    const repository = app.application.db.repository(doors)
    await post(app, 'doors:create', root, [{ name: 'front', code: 'sesame' }, { name: 'open' }])
    await repository.create({ name: 'back', code: 'other' })
    await repository.update({ filter: { name: 'back' }, values: { code: 'sesame' } })
    const codes = (await repository.find({ sort: 'id' })).map(({ code }) => code)
    const fit = await Promise.all(codes.map((code) => verifyPassword('sesame', code ?? undefined)))
    expect(fit).toEqual([true, false, true])
  })
})
