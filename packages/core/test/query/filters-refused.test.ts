import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { get, post } from '../calls.js'
import { expectRefusal, expectServing, filterIs, samplesApp } from './asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp()
  await post(app, 'samples:create', undefined, { title: 'a', n: 1 })
})
afterAll(() => app?.close())
afterEach(() => expectServing(app))

const levels = (count: number): unknown => (count === 0 ? { title: 'a' } : { $and: [levels(count - 1)] })
const nots = (count: number): unknown => (count === 0 ? { title: 'a' } : { $not: nots(count - 1) })
const list = <T>(length: number, value: T): T[] => Array.from({ length }, () => value)

describe('400 INVALID_FILTER for what is no filter', () => {
  it.each([
    '{',
    '{"title"',
    '[',
    '[]',
    '[{"title":"a"}]',
    '"a"',
    'a',
    '1',
    'true',
    '{"title":"a",}',
    "{'title':'a'}",
    '{"title":NaN}',
    '{"title":undefined}',
    '%',
    '{"title":"a"}x',
  ])('filter=%s', async (text) => expectRefusal(await get(app, filterIs(text)), '400 INVALID_FILTER', 'filter'))

  it.each(['filter[]=a', 'filter[0]=a', 'filter=a&filter=b', 'filter={}&filter={}', 'filter[a]=1', 'filter[]['])(
    '?%s',
    async (query) => expectRefusal(await get(app, `samples:list?${query}`), '400 INVALID_FILTER'),
  )

  it.each([1, 'a', true, [], [{ title: 'a' }], '{'])('%j in a body', async (filter) =>
    expectRefusal(await post(app, 'samples:list', undefined, { filter }), '400 INVALID_FILTER', 'filter'),
  )
})

describe('400 INVALID_FILTER beyond the limits', () => {
  const wide: [string, unknown][] = [
    ['11 levels of $and', levels(11)],
    ['11 levels of $not', nots(11)],
    ['501 values of $in', { n: { $in: list(501, 1) } }],
    ['501 values of $notIn', { n: { $notIn: list(501, 1) } }],
    ['501 texts', { title: { $includes: list(501, 'a') } }],
    ['501 implied values', { n: list(501, 1) }],
    ['501 members of an array', { list: { $anyOf: list(501, 'a') } }],
    ['501 values in one member of an array', { list: { $anyOf: [list(501, 'a')] } }],
    ['501 branches', { $or: list(501, { n: 1 }) }],
    ['501 empty branches', { $and: list(501, {}) }],
    ['501 values in all', { $or: list(251, { n: [1, 2] }) }],
    ['100,000 values', { n: { $in: list(100_000, 1) } }],
    ['90,000 branches', { $or: list(90_000, { n: 1 }) }],
    ['a deep value', { j: { $eq: JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) } }],
  ]
  it.each(wide)('%s', async (_what, filter) => {
    const started = performance.now()
    expectRefusal(await post(app, 'samples:list', undefined, { filter }), '400 INVALID_FILTER')
    expect(performance.now() - started).toBeLessThan(1500)
  })

  it('1,000 levels, by text and in a body', async () => {
    const deep = `${'{"$not":'.repeat(700)}{}${'}'.repeat(700)}`
    expectRefusal(await get(app, `samples:list?filter=${deep}`), '400 INVALID_FILTER')
    const raw = `{"filter":${'{"$not":'.repeat(1000)}{}${'}'.repeat(1000)}}`
    const answer = await app.request('POST', '/api/samples:list', {
      raw,
      headers: { 'Content-Type': 'application/json' },
    })
    expectRefusal(answer, /^400 INVALID_(JSON|FILTER) /)
  })

  it('and not below them', async () => {
    expect((await post(app, 'samples:list', undefined, { filter: levels(9) })).status).toBe(200)
    expect((await post(app, 'samples:list', undefined, { filter: { n: { $in: list(500, 1) } } })).status).toBe(200)
  })
})

describe('400 INVALID_FILTER for operators that there are none of', () => {
  it.each([
    '$where',
    '$col',
    '$raw',
    '$sql',
    '$like',
    '$iLike',
    '$regexp',
    '$or.x',
    '$',
    '$$',
    '$EQ',
    '$eq ',
    'eq',
    '__proto__',
    'constructor',
    '$func',
    '$any',
    '$contains',
    '$eq; --',
    'toString',
  ])('%s', async (name) => {
    const [text, quoted] = [`{"title":{${JSON.stringify(name)}:"a"}}`, `{${JSON.stringify(name)}:{"title":"a"}}`]
    expectRefusal(await get(app, filterIs(text)), '400 INVALID_FILTER')
    expectRefusal(await get(app, filterIs(quoted)), '400 INVALID_FILTER')
    if (name !== '__proto__')
      expectRefusal(await get(app, filterIs(text)), '400 INVALID_FILTER', `filter.title.${name}`)
  })
})

describe('what was probably meant is said', () => {
  it.each<[unknown, string, string]>([
    [{ titel: 'a' }, 'filter.titel', 'there is no field \"titel\"; did you mean \"title\"?'],
    [{ title: { $inclues: 'a' } }, 'filter.title.$inclues', 'did you mean \"$includes\"?'],
    [{ n: { $inclues: 'a' } }, 'filter.n.$inclues', 'there is no operator \"$inclues\"'],
    [{ at: { $dateOne: '2026' } }, 'filter.at.$dateOne', 'did you mean \"$dateOn\"?'],
    [{ $orr: [{ title: 'a' }] }, 'filter.$orr', 'did you mean \"$or\"?'],
    [{ title: '{{$user.name}}' }, 'filter.title', 'there are $user.id, $nRole, $nDate.today and its like'],
  ])('%j', async (filter, path, problem) => {
    const answer = await get(app, filterIs(filter))
    expectRefusal(answer, '400 INVALID_FILTER', path)
    expect(answer.body.errors[0].message).toContain(problem.replaceAll('\\', ''))
  })

  it('but never the name of a field that the caller may not know', async () => {
    await app.collection('secrets', { title: 'string', salary: 'integer', password1: { type: 'string', hidden: true } })
    await app.grant('anonymous', 'secrets', ['list'], { fields: ['title'] })
    for (const name of ['salery', 'password2', 'password1']) {
      const { text } = await get(app, `secrets:list?filter[${name}]=1`)
      expect(text).not.toContain('did you mean')
    }
  })
})

describe('400 INVALID_FILTER for operands of the wrong type', () => {
  const wrong: [string, unknown, string][] = [
    ['a number for a text', { title: 1 }, 'filter.title'],
    ['an object for a text', { title: { $eq: {} } }, 'filter.title.$eq'],
    ['a list for a text', { title: { $eq: ['a'] } }, 'filter.title.$eq'],
    ['true for a text', { title: true }, 'filter.title'],
    ['a text for a number', { n: 'a' }, 'filter.n'],
    ['half a number', { n: 1.5 }, 'filter.n'],
    ['a number too large', { n: 3_000_000_000 }, 'filter.n'],
    ['a number for a boolean', { yes: 2 }, 'filter.yes'],
    ['no date', { day: '2024-02-30' }, 'filter.day'],
    ['no moment', { at: 'now' }, 'filter.at'],
    ['no UUID', { u: 'x' }, 'filter.u'],
    ['null for an order', { n: { $gt: null } }, 'filter.n.$gt'],
    ['an object in a list', { n: { $in: [1, {}] } }, 'filter.n.$in.1'],
    ['no list', { n: { $in: 1 } }, 'filter.n.$in'],
    ['one of two', { n: { $between: [1] } }, 'filter.n.$between'],
    ['three of two', { n: { $between: [1, 2, 3] } }, 'filter.n.$between'],
    ['a number to include', { title: { $includes: 1 } }, 'filter.title.$includes'],
    ['null to include', { title: { $includes: null } }, 'filter.title.$includes'],
    ['a list in a list to include', { title: { $includes: [['a']] } }, 'filter.title.$includes.0'],
    ['false for presence', { title: { $empty: false } }, 'filter.title.$empty'],
    ['a text operator on a number', { n: { $includes: 'a' } }, 'filter.n.$includes'],
    ['an order of booleans', { yes: { $gt: true } }, 'filter.yes.$gt'],
    ['an array operator on a text', { title: { $anyOf: ['a'] } }, 'filter.title.$anyOf'],
    ['no operator', { title: {} }, 'filter.title'],
    ['no branches', { $or: [] }, 'filter.$or'],
    ['branches as an object', { $and: {} }, 'filter.$and'],
    ['a branch that is none', { $and: [1] }, 'filter.$and.0'],
    ['a null branch', { $or: [null] }, 'filter.$or.0'],
    ['$not with a list', { $not: [] }, 'filter.$not'],
    ['NUL', { title: 'a\0' }, 'filter.title'],
    ['NUL to include', { title: { $includes: 'a\0' } }, 'filter.title.$includes'],
    ['half a surrogate pair', { title: '\ud800' }, 'filter.title'],
    ['NUL for an enum', { kind: { $gt: 'a\0' } }, 'filter.kind.$gt'],
    ['NUL in JSON', { j: { $eq: 'a\0' } }, 'filter.j.$eq'],
    ['NUL in an array', { list: { $anyOf: ['a\0'] } }, 'filter.list.$anyOf.0'],
    ['a big number too big', { big: '9223372036854775808' }, 'filter.big'],
    ['no decimal', { dec: 'NaN' }, 'filter.dec'],
    ['SQL for a number', { n: '1 OR 1=1' }, 'filter.n'],
    ['an unknown variable', { title: '{{$nothing}}' }, 'filter.title'],
    ['a variable of the prototype', { title: '{{$constructor}}' }, 'filter.title'],
    ['an unknown field', { nothing: 1 }, 'filter.nothing'],
  ]
  it.each(wrong)('%s', async (_what, filter, path) => {
    expectRefusal(await get(app, filterIs(filter)), '400 INVALID_FILTER', path)
    expectRefusal(await post(app, 'samples:list', undefined, { filter }), '400 INVALID_FILTER', path)
    expectRefusal(
      await post(app, `samples:destroy?filter=${encodeURIComponent(JSON.stringify(filter))}`),
      '400 INVALID_FILTER',
      path,
    )
  })
})

describe('400 for SQL in a name', () => {
  it.each([
    'title" OR 1=1 --',
    'title"',
    '"title"',
    'title; DROP TABLE samples',
    "title'",
    'samples.title',
    '*',
    'title::text',
    'title IS NULL OR title',
    'ctid',
    'xmin',
    'tableoid',
    'oid',
    'current_user',
    '',
    ' ',
    'title ',
    'TITLE',
    'title\0',
  ])('%j', async (name) => {
    expectRefusal(await get(app, filterIs({ [name]: 'a' })), '400 INVALID_FILTER')
    expectRefusal(await get(app, filterIs({ $or: [{ [name]: { $eq: 'a' } }] })), '400 INVALID_FILTER')
    expectRefusal(await post(app, 'samples:create', undefined, { [name]: 'a' }), '400 UNKNOWN_FIELD')
    expectRefusal(await post(app, 'samples:update/1', undefined, { [name]: 'a' }), '400 UNKNOWN_FIELD')
  })
})
