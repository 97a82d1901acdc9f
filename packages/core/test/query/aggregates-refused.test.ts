import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestApp } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { expectRefusal } from './asking.js'
import { inAddress, ordersApp, ways, type Query } from './orders-app.js'

let app: TestApp
let root: string

beforeAll(async () => {
  ;({ app, root } = await ordersApp())
})
afterAll(() => app?.close())
afterEach(async () => {
  const answer = await post(app, 'orders:query', root, { measures: [{ aggregation: 'count' }] })
  expect(answer.text).toBe('{"data":[{"count":5}]}')
})

const count = { aggregation: 'count', alias: 'n' }
const sql = [
  'a"b',
  "a'b",
  'a; DROP TABLE orders',
  'a) FROM users --',
  'n" FROM "users',
  '$1',
  'a\u0000b',
  ' a',
  '-a',
  'a\nb',
]

describe.each(ways)('400 with a path, %s', (_, asking) => {
  it.each<[string, string, Query]>([
    ['INVALID_QUERY', 'measures', { limit: 1 }],
    ['UNKNOWN_FIELD', 'measures.0.field', { measures: [{ field: 'nothing', aggregation: 'sum' }] }],
    ['UNKNOWN_FIELD', 'measures.0.field', { measures: [{ field: 'secret', aggregation: 'max' }] }],
    ['UNKNOWN_FIELD', 'dimensions.0.field', { dimensions: [{ field: 'secret' }] }],
    ['UNKNOWN_FIELD', 'dimensions.1.field', { dimensions: [{ field: 'state' }, { field: 'constructor' }] }],
    ['INVALID_VALUE', 'dimensions.0.field', { dimensions: [{ alias: 'state' }] }],
    ['INVALID_VALUE', 'measures.0.field', { measures: [{ aggregation: 'sum' }] }],
    ['INVALID_VALUE', 'measures.1.aggregation', { measures: [count, { field: 'items', aggregation: 'median' }] }],
    ['INVALID_VALUE', 'measures.0.aggregation', { measures: [{ field: 'items' }] }],
    ['INVALID_VALUE', 'measures.0.aggregation', { measures: [{ field: 'items', aggregation: 'COUNT' }] }],
    ['INVALID_VALUE', 'measures.0.aggregation', { measures: [{ field: 'state', aggregation: 'sum' }] }],
    ['INVALID_VALUE', 'measures.0.aggregation', { measures: [{ field: 'at', aggregation: 'avg' }] }],
    ['INVALID_VALUE', 'measures.0.aggregation', { measures: [{ field: 'paid', aggregation: 'max' }] }],
    ['INVALID_VALUE', 'measures.0.aggregation', { measures: [{ field: 'tags', aggregation: 'min' }] }],
    ['INVALID_VALUE', 'measures.0.distinct', { measures: [{ ...count, distinct: 'maybe' }] }],
    ['INVALID_VALUE', 'measures.1.alias', { measures: [count, { ...count, field: 'items' }] }],
    [
      'INVALID_VALUE',
      'measures.0.alias',
      { measures: [{ field: 'state', aggregation: 'max' }], dimensions: [{ field: 'state' }] },
    ],
    ['INVALID_VALUE', 'measures.0.alias', { measures: [{ ...count, alias: '__proto__' }] }],
    ['INVALID_VALUE', 'measures.0.alias', { measures: [{ ...count, alias: 'constructor' }] }],
    ['INVALID_VALUE', 'measures.0.alias', { measures: [{ ...count, alias: 'n'.repeat(64) }] }],
    ['UNKNOWN_FIELD', 'measures.0.colour', { measures: [{ ...count, colour: 'red' }] }],
    ['INVALID_FILTER', 'having.nothing', { measures: [count], having: { nothing: 1 } }],
    ['INVALID_FILTER', 'having.amount', { measures: [count], having: { amount: 1 } }],
    ['INVALID_FILTER', 'having.n.$like', { measures: [count], having: { n: { $like: 1 } } }],
    ['INVALID_FILTER', 'having.n.$gt', { measures: [count], having: { n: { $gt: 'many' } } }],
    ['INVALID_FILTER', 'having.n.$includes', { measures: [count], having: { n: { $includes: '1' } } }],
    ['INVALID_FILTER', 'filter.nothing', { measures: [count], filter: { nothing: 1 } }],
    ['INVALID_SORT', 'orders.0.alias', { measures: [count], orders: [{ alias: 'm' }] }],
    ['INVALID_SORT', 'orders.0.field', { measures: [count], orders: [{ field: 'items' }] }],
    ['INVALID_SORT', 'orders.0.field', { measures: [count], orders: [{ order: 'desc' }] }],
    ['INVALID_SORT', 'orders.1.order', { measures: [count], orders: [{ alias: 'n' }, { alias: 'n', order: 'up' }] }],
    ['INVALID_SORT', 'orders.0.nulls', { measures: [count], orders: [{ alias: 'n', nulls: 'never' }] }],
    ['INVALID_PAGE', 'limit', { measures: [count], limit: 0 }],
    ['INVALID_PAGE', 'limit', { measures: [count], limit: 51 }],
    ['INVALID_PAGE', 'limit', { measures: [count], limit: 1.5 }],
    ['INVALID_PAGE', 'offset', { measures: [count], offset: -1 }],
    ['INVALID_PAGE', 'offset', { measures: [count], offset: 10_000_000 }],
  ])('%s at %s: %j', async (code, path, query) => {
    const answer = await asking(app, root, query)
    expectRefusal(answer, `400 ${code}`, path)
  })

  it.each(sql)('SQL in names: %j', async (name) => {
    const item = { field: 'items', aggregation: 'sum' }
    const refusals: [string, string, Query][] = [
      ['INVALID_VALUE', 'measures.0.alias', { measures: [{ ...item, alias: name }] }],
      ['INVALID_VALUE', 'dimensions.0.alias', { dimensions: [{ field: 'items', alias: name }] }],
      ['UNKNOWN_FIELD', 'measures.0.field', { measures: [{ ...item, field: name }] }],
      ['INVALID_VALUE', 'measures.0.aggregation', { measures: [{ ...item, aggregation: name }] }],
      ['INVALID_SORT', 'orders.0.alias', { measures: [count], orders: [{ alias: name }] }],
      ['INVALID_SORT', 'orders.0.order', { measures: [count], orders: [{ alias: 'n', order: name }] }],
    ]
    for (const [code, path, query] of refusals) expectRefusal(await asking(app, root, query), `400 ${code}`, path)
  })
})

describe('400 in a body', () => {
  it.each([1, 'x', {}, null, true, [1], [null], [[]], ['count']])(
    'for measures, dimensions, orders %j',
    async (value) => {
      for (const name of ['measures', 'dimensions', 'orders']) {
        const { status, body } = await post(app, 'orders:query', root, { measures: [count], [name]: value })
        expect([status, body.errors?.[0].code, body.errors?.[0].path]).toEqual([
          400,
          'INVALID_VALUE',
          expect.stringContaining(name),
        ])
      }
    },
  )

  it('for more than anybody needs', async () => {
    const measures = Array.from({ length: 51 }, (_, index) => ({ aggregation: 'count', alias: `n${index}` }))
    expectRefusal(await post(app, 'orders:query', root, { measures }), '400 INVALID_VALUE', 'measures')
    expect((await post(app, 'orders:query', root, { measures: measures.slice(1) })).status).toBe(200)
    const orders = measures.map(({ alias }) => ({ alias }))
    expectRefusal(
      await post(app, 'orders:query', root, { measures: measures.slice(1), orders }),
      '400 INVALID_VALUE',
      'orders',
    )
  })

  it('for several columns that an order could mean', async () => {
    const measures = ['sum', 'avg'].map((aggregation) => ({ field: 'items', aggregation, alias: aggregation }))
    expectRefusal(
      await post(app, 'orders:query', root, { measures, orders: [{ field: 'items' }] }),
      '400 INVALID_SORT',
      'orders.0.field',
    )
  })

  it('for prototypes', async () => {
    const raw = '{"measures":[{"aggregation":"count","__proto__":{"x":1}}]}'
    const headers = { 'Content-Type': 'application/json' }
    const answer = await app.request('POST', '/api/orders:query', { token: root, raw, headers })
    expect(answer.status).toBe(400)
    expect(Reflect.get({}, 'x')).toBeUndefined()
  })
})

describe('400 in an address', () => {
  it.each(['measures', 'dimensions', 'orders', 'having'])('for %s that is no JSON', async (name) => {
    for (const text of ['{', '[', '[{]', '"', '{"__proto__":1}']) {
      const path = `${inAddress({ measures: [count] })}&${name}=${encodeURIComponent(text)}`
      const answer = await get(
        app,
        name === 'measures' ? `orders:query?measures=${encodeURIComponent(text)}` : path,
        root,
      )
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, name])
    }
  })
})

it('400 RESULT_TOO_LARGE for more groups than one answer holds, unless a limit is given', async () => {
  await app.collection('many', { n: 'integer' })
  await post(
    app,
    'many:create',
    root,
    Array.from({ length: 51 }, (_, n) => ({ n })),
  )
  expect(outcome(await post(app, 'many:query', root, { dimensions: [{ field: 'n' }] }))).toBe('400 RESULT_TOO_LARGE')
  const { body } = await post(app, 'many:query', root, { dimensions: [{ field: 'n' }], limit: 50, offset: 1 })
  expect(body.data.at(-1)).toEqual({ n: 50 })
})

it('400 for a number that is out of range, and a number of JSON otherwise', async () => {
  await app.collection('sizes', { d: 'double', amount: 'decimal' })
  await post(app, 'sizes:create', root, [
    { d: 1.7e308, amount: '9'.repeat(60) },
    { d: 1.7e308, amount: '1' },
  ])
  expect((await post(app, 'sizes:query', root, { measures: [{ field: 'd', aggregation: 'sum' }] })).status).toBe(400)
  const { text } = await post(app, 'sizes:query', root, { measures: [{ field: 'amount', aggregation: 'sum' }] })
  expect(text).toBe('{"data":[{"amount":1e+60}]}')
})
