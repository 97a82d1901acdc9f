import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { countRows, get, outcome, post, withoutTraces } from '../calls.js'

let app: TestApp
let rita: TestUser
let root: string
let person: number

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('people', {
    name: 'string',
    salary: 'integer',
    pin: { type: 'string', hidden: true },
  })
  await app.grant('reader', 'people', ['list', 'get', 'create', 'update', 'destroy'], { fields: ['name'] })
  rita = await app.user('rita', { roles: ['reader'] })
  root = await app.signIn('root')
  person = (await post(app, 'people:create', root, { name: 'Ann', salary: 100, pin: '4711' })).body.data.id
})
afterAll(() => app?.close())

const filtered = (filter: object) => `people:list?filter=${encodeURIComponent(JSON.stringify(filter))}`

describe('a field that is not granted', () => {
  it('does not come out', async () => {
    expect((await get(app, `people:get/${person}`, rita.token)).body.data).toEqual({ id: person, name: 'Ann' })
    expect((await get(app, 'people:list', rita.token)).body.data).toEqual([{ id: person, name: 'Ann' }])
    expect((await get(app, 'people:list?paginate=false', rita.token)).text).not.toContain('salary')
  })

  const readings: [string, (value: unknown) => string][] = [
    ['fields', () => 'people:list?fields=name,salary'],
    ['fields of one record', () => `people:get/${person}?fields=salary`],
    ['except', () => 'people:list?except=salary'],
    ['sort', () => 'people:list?sort=-salary'],
    ['filter', (value) => filtered({ salary: value })],
    ['filter with an operator', (value) => filtered({ salary: { $gt: value } })],
    ['filter under $or', (value) => filtered({ $or: [{ name: 'Ann' }, { salary: value }] })],
    ['filter under $not', (value) => filtered({ $not: { salary: value } })],
    ['filter in brackets', (value) => `people:list?filter[salary][$eq]=${String(value)}`],
    ['the author', () => filtered({ createdById: 1 })],
  ]

  it.each(readings)('is 403 in %s, the same whatever the value', async (_what, path) => {
    const answers = await Promise.all(
      [100, 1, 99_999].map(async (value) => withoutTraces(await get(app, path(value), rita.token))),
    )
    expect(answers[0]).toMatchObject({ status: 403 })
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  it.each([
    ['create', 'people:create'],
    ['update', 'people:update/#'],
    ['update by filter', 'people:update?filter={"name":"Ann"}'],
    ['create of many', 'people:create'],
  ])('is 403 in the body of %s, and nothing is written', async (what, path) => {
    const record = { name: 'Bea', salary: 5 }
    const before = await countRows(app, 'people')
    const body = what === 'create of many' ? [{ name: 'Cid' }, record] : record
    const answer = await post(app, path.replace('#', String(person)), rita.token, body)
    expect(outcome(answer)).toBe('403 NO_PERMISSION')
    expect(answer.body.errors[0].path).toBe(what === 'create of many' ? '1.salary' : 'salary')
    expect(await countRows(app, 'people')).toBe(before)
    expect(await countRows(app, 'people', { name: 'Ann', salary: 100 })).toBe(1)
  })

  it('does not come out of a write either', async () => {
    const created = await post(app, 'people:create', rita.token, { name: 'Dan' })
    expect(Object.keys(created.body.data).sort()).toEqual(['id', 'name'])
    const updated = await post(app, `people:update/${person}`, rita.token, { name: 'Ann' })
    expect(updated.body.data).toEqual([{ id: person, name: 'Ann' }])
    await post(app, `people:destroy/${created.body.data.id}`, rita.token)
  })

  it('cannot be looked for by changing or deleting', async () => {
    for (const path of ['people:update?filter={"salary":100}', 'people:destroy?filter={"salary":100}']) {
      expect(outcome(await post(app, path, rita.token, path.includes('update') ? { name: 'x' } : {}))).toBe(
        '403 NO_PERMISSION',
      )
    }
    expect(await countRows(app, 'people', { name: 'Ann' })).toBe(1)
  })

  it('cannot be written by dropping the others', async () => {
    for (const query of ['whitelist=salary', 'blacklist=name']) {
      const answer = await post(app, `people:update/${person}?${query}`, rita.token, { name: 'x', salary: 1 })
      expect(outcome(answer)).toBe('403 NO_PERMISSION')
    }
  })
})

describe('a hidden field', () => {
  const readings: [string, (value: unknown) => string][] = [
    ['fields', () => 'people:list?fields=pin'],
    ['fields of one record', () => `people:get/${person}?fields=name,pin`],
    ['except', () => 'people:list?except=pin'],
    ['sort', () => 'people:list?sort=pin'],
    ['filter', (value) => filtered({ pin: value })],
    ['filter with an operator', (value) => filtered({ pin: { $startsWith: String(value) } })],
    ['filter under $not', (value) => filtered({ $and: [{ $not: { pin: value } }] })],
    ['filter in brackets', (value) => `people:list?filter[pin]=${String(value)}`],
    ['filter of an update', (value) => `people:update?filter=${encodeURIComponent(JSON.stringify({ pin: value }))}`],
    ['filter of a destroy', (value) => `people:destroy?filter=${encodeURIComponent(JSON.stringify({ pin: value }))}`],
  ]

  it.each(readings)('is 400 in %s for root too, like a field that is not there', async (_what, path) => {
    const isWrite = /update|destroy/.test(path('4711'))
    for (const token of [root, rita.token]) {
      const ask = async (text: string) =>
        withoutTraces(isWrite ? await post(app, text, token) : await get(app, text, token))
      const [right, wrong] = [await ask(path('4711')), await ask(path('0000'))]
      expect(right).toMatchObject({ status: 400 })
      expect(right).toEqual(wrong)
      const unknown = JSON.stringify(await ask(path('4711').replace('pin', 'nip')))
      expect(unknown.replaceAll('nip', 'pin')).toBe(JSON.stringify(right))
    }
    expect(await countRows(app, 'people', { name: 'Ann' })).toBe(1)
  })

  it('never comes out, of reads and writes alike', async () => {
    for (const answer of [
      await get(app, 'people:list', root),
      await get(app, `people:get/${person}`, root),
      await post(app, 'people:create', root, { name: 'Eve', pin: '4711' }),
      await post(app, `people:update/${person}`, root, { pin: '4711' }),
    ]) {
      expect(answer.status).toBe(200)
      expect(answer.text).not.toContain('4711')
      expect(answer.text).not.toContain('pin')
    }
  })

  it('cannot be the rule of a grant: it would tell, row by row', async () => {
    const body = { role: 'reader', resource: 'people', actions: ['list'], where: { pin: { $startsWith: '4' } } }
    expect(outcome(await post(app, 'grants:create', root, body))).toBe('400 INVALID_FILTER')
  })
})

describe('users.password', () => {
  it.each([
    'users:list?fields=password',
    'users:list?fields=id,password',
    'users:list?sort=password',
    'users:list?filter={"password":{"$startsWith":"scrypt"}}',
    'users:list?filter={"password":{"$notEmpty":true}}',
    'users:list?filter={"$not":{"password":"x"}}',
    'users:list?filter[password][$includes]=a',
    'users:list?except=password',
    'users:get/1?fields=password',
    'users:get?filter={"password":{"$ne":"x"}}',
  ])('is 400: %s', async (path) => {
    const answer = await get(app, path, root)
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('scrypt$')
  })
})
