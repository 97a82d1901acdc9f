import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { post } from '../calls.js'
import { expectRefusal, expectServing, samplesApp } from './asking.js'

let app: TestApp
const evil = [
  "' OR 1=1 --",
  "'; DROP TABLE samples; --",
  '" OR ""="',
  '$1',
  '${1}',
  "x') OR ('1'='1",
  "\\'; SELECT 1",
  '1; SELECT pg_sleep(9)',
  'NULL',
  '%',
  '_',
  '\\',
  '%_\\%',
  '\\%',
  "'",
  '--',
  '/*',
  '{{$user',
  '$$a$$',
]

beforeAll(async () => {
  app = await samplesApp()
  await post(
    app,
    'samples:create',
    undefined,
    [...evil, 'plain', ''].map((title, n) => ({ title, body: title, n, list: [title], j: title })),
  )
})
afterAll(() => app?.close())
afterEach(() => expectServing(app))

const titles = async (filter: unknown): Promise<string[]> => {
  const answer = await post(app, 'samples:list', undefined, { filter, fields: ['title'], paginate: false })
  expect([answer.status, answer.text]).toEqual([200, answer.text])
  return answer.body.data.map((row: { title: string }) => row.title).toSorted()
}

describe('SQL in a value is a value', () => {
  const all = [...evil, 'plain', ''].toSorted()
  const holds: [string, (title: string, text: string) => boolean][] = [
    ['$eq', (title, text) => title === text],
    ['$ne', (title, text) => title !== text],
    ['$includes', (title, text) => title.toLowerCase().includes(text.toLowerCase())],
    ['$notIncludes', (title, text) => !title.toLowerCase().includes(text.toLowerCase())],
    ['$startsWith', (title, text) => title.toLowerCase().startsWith(text.toLowerCase())],
    ['$notStartsWith', (title, text) => !title.toLowerCase().startsWith(text.toLowerCase())],
    ['$endWith', (title, text) => title.toLowerCase().endsWith(text.toLowerCase())],
    ['$notEndWith', (title, text) => !title.toLowerCase().endsWith(text.toLowerCase())],
  ]
  for (const field of ['title', 'body']) {
    it.each(holds)(`${field} %s`, async (operator, test) => {
      for (const text of evil) {
        expect([text, await titles({ [field]: { [operator]: text } })]).toEqual([
          text,
          all.filter((title) => test(title, text)),
        ])
      }
    })
  }

  it.each(evil)('in lists and arrays: %s', async (text) => {
    expect(await titles({ title: [text] })).toEqual([text])
    expect(await titles({ title: { $in: [text, 'nothing'] } })).toEqual([text])
    expect(await titles({ title: { $notIn: [text] } })).toEqual(all.filter((title) => title !== text))
    expect(await titles({ title: { $between: [text, text] } })).toEqual([text])
    expect(await titles({ list: [text] })).toEqual([text])
    expect(await titles({ list: { $anyOf: [text] } })).toEqual([text])
    expect(await titles({ list: { $noneOf: [text] } })).toEqual(all.filter((title) => title !== text))
    expect(await titles({ j: { $eq: text } })).toEqual([text])
  })

  it('an enumeration has no such member', async () => {
    for (const text of evil) expect(await titles({ kind: text })).toEqual([])
  })

  it.each(evil)('on every other type it is no value, whatever the operator: %s', async (text) => {
    for (const field of ['n', 'big', 'f', 'd', 'dec', 'amount', 'yes', 'at', 'local', 'day', 'clock', 'u']) {
      for (const operator of ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte']) {
        expectRefusal(
          await post(app, 'samples:list', undefined, { filter: { [field]: { [operator]: text } } }),
          '400 INVALID_FILTER',
        )
      }
      for (const operator of ['$in', '$notIn']) {
        expectRefusal(
          await post(app, 'samples:list', undefined, { filter: { [field]: { [operator]: [text] } } }),
          '400 INVALID_FILTER',
        )
      }
      const filter = { [field]: { $between: [text, text] } }
      expectRefusal(await post(app, 'samples:list', undefined, { filter }), '400 INVALID_FILTER')
    }
    for (const field of ['at', 'local', 'day']) {
      for (const operand of [text, [text, '2026'], { type: text }, { type: 'past', number: 1, unit: text }]) {
        const filter = { [field]: { $dateOn: operand } }
        expectRefusal(await post(app, 'samples:list', undefined, { filter }), '400 INVALID_FILTER')
      }
    }
  })

  it.each([
    ['10,000 × %', '%'.repeat(10_000)],
    ['10,000 × _', '_'.repeat(10_000)],
    ['10,000 × \\', '\\'.repeat(10_000)],
    ['%a × 5,000', '%a'.repeat(5000)],
  ])('%s is literal, in under a second', async (_what, text) => {
    await post(app, 'samples:create', undefined, { title: 'long', body: `x${text}x` })
    await post(app, 'samples:create', undefined, { title: 'other', body: 'a'.repeat(20_000) })
    const started = performance.now()
    expect(await titles({ body: { $includes: text } })).toEqual(['long'])
    expect(await titles({ body: { $startsWith: text } })).toEqual([])
    expect(performance.now() - started).toBeLessThan(1000)
    await post(app, 'samples:destroy?filter={"title":["long","other"]}')
  })
})
