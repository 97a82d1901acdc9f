import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestApp } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { ordersApp, ways, type Query } from './orders-app.js'

let app: TestApp
let root: string

beforeAll(async () => {
  ;({ app, root } = await ordersApp())
})
afterAll(() => app?.close())

const ask = async (query: Query, token = root): Promise<unknown> => {
  const answer = await post(app, 'orders:query', token, query)
  expect([outcome(answer), answer.text]).toEqual(['200', answer.text])
  return answer.body.data
}
const count = { aggregation: 'count', alias: 'n' }

describe('measures', () => {
  it.each([
    [[count], { n: 5 }],
    [[{ field: 'id', aggregation: 'count' }], { id: 5 }],
    [[{ aggregation: 'count' }], { count: 5 }],
    [[{ field: 'amount', aggregation: 'count', alias: 'n' }], { n: 4 }],
    [[{ field: 'state', aggregation: 'count', alias: 'n', distinct: true }], { n: 2 }],
    [[{ field: 'tags', aggregation: 'count', alias: 'n', distinct: true }], { n: 1 }],
    [[{ field: 'amount', aggregation: 'sum', alias: 'n' }], { n: '95.30' }],
    [[{ field: 'items', aggregation: 'sum', alias: 'n', distinct: true }], { n: 10 }],
    [[{ field: 'items', aggregation: 'avg', alias: 'n' }], { n: 3 }],
    [[{ field: 'weight', aggregation: 'avg', alias: 'n' }], { n: 1.5625 }],
    [[{ field: 'weight', aggregation: 'sum', alias: 'n' }], { n: 6.25 }],
    [
      [
        { field: 'amount', aggregation: 'min', alias: 'a' },
        { field: 'amount', aggregation: 'max', alias: 'b' },
      ],
      { a: '-5.00', b: '100.00' },
    ],
    [[{ field: 'big', aggregation: 'min', alias: 'a' }], { a: '9007199254740992' }],
    [
      [
        { field: 'at', aggregation: 'max' },
        { field: 'day', aggregation: 'min' },
      ],
      { at: '2025-12-31T23:30:00.000Z', day: '2025-03-29' },
    ],
    [
      [
        { field: 'local', aggregation: 'min' },
        { field: 'clock', aggregation: 'max' },
      ],
      { local: '2025-03-29 23:30:00', clock: '23:30:00' },
    ],
    [
      [
        { field: 'state', aggregation: 'max' },
        { field: 'guid', aggregation: 'min' },
      ],
      { state: 'sent', guid: expect.stringMatching(/^[\da-f-]{36}$/) },
    ],
    [[{ field: ['items'], aggregation: 'max', alias: null }], { items: 7 }],
  ])('%j', async (measures, expected) => expect(await ask({ measures })).toEqual([expected]))

  it('of no rows: nothing is counted, and the rest is not known', async () => {
    const measures = [
      count,
      ...['sum', 'avg', 'min', 'max'].map((aggregation) => ({ field: 'items', aggregation, alias: aggregation })),
    ]
    const filter = { items: 99 }
    expect(await ask({ measures, filter })).toEqual([{ n: 0, sum: null, avg: null, min: null, max: null }])
    expect(await ask({ measures, filter, dimensions: [{ field: 'state' }] })).toEqual([])
  })
})

describe('dimensions', () => {
  it('make groups, null among them, in their own order', async () => {
    expect(await ask({ measures: [count], dimensions: [{ field: 'state' }] })).toEqual([
      { state: 'open', n: 2 },
      { state: 'sent', n: 2 },
      { state: null, n: 1 },
    ])
  })

  it('are several, under names of their own', async () => {
    const dimensions = [{ field: 'state', alias: 'Zustand der Bestellung' }, { field: 'paid' }]
    expect(await ask({ measures: [count], dimensions })).toContainEqual({
      'Zustand der Bestellung': 'sent',
      paid: null,
      n: 1,
    })
  })

  it('alone say which values there are, as they are in records', async () => {
    expect(await ask({ dimensions: [{ field: 'amount' }], orders: [{ field: 'amount', order: 'desc' }] })).toEqual(
      ['100.00', '0.20', '0.10', '-5.00', null].map((amount) => ({ amount })),
    )
    expect(await ask({ dimensions: [{ field: 'tags' }] })).toEqual([{ tags: ['x'] }])
    expect(await ask({ dimensions: [{ field: 'big' }], limit: 2 })).toEqual([
      { big: '9007199254740992' },
      { big: '9007199254740993' },
    ])
  })
})

describe.each(ways)('%s', (_, asking) => {
  const states = {
    measures: [{ field: 'amount', aggregation: 'sum', alias: 'total' }, count],
    dimensions: [{ field: 'state' }],
  }
  const data = async (query: Query): Promise<unknown> => (await asking(app, root, { ...states, ...query })).body.data

  it('having, by alias', async () => {
    expect(await data({ having: { total: { $gt: 0.25 }, state: { $in: ['open', 'sent'] } } })).toEqual([
      { state: 'open', total: '0.30', n: 2 },
      { state: 'sent', total: '100.00', n: 2 },
    ])
    expect(await data({ having: { $or: [{ n: { $lt: 1.5 } }, { total: 100 }] } })).toHaveLength(2)
    expect(await data({ having: { $not: { state: { $notEmpty: true } } } })).toEqual([{ state: null, total: '-5.00', n: 1 }])
  })

  it('orders, limit, offset', async () => {
    const ordered = async (orders: object, more: Query = {}): Promise<unknown> =>
      (await asking(app, root, { ...states, orders: [orders], ...more })).body.data.map(
        ({ state }: { state: string }) => state,
      )
    expect(await ordered({ alias: 'total', order: 'desc' })).toEqual(['sent', 'open', null])
    expect(await ordered({ field: 'amount', order: 'ASC' })).toEqual([null, 'open', 'sent'])
    expect(await ordered({ alias: 'state', order: 'desc' })).toEqual(['sent', 'open', null])
    expect(await ordered({ alias: 'state', order: 'desc', nulls: 'first' })).toEqual([null, 'sent', 'open'])
    expect(await ordered({ field: 'state', nulls: 'first' })).toEqual([null, 'open', 'sent'])
    expect(await ordered({ alias: 'n', order: 'desc' })).toEqual(['open', 'sent', null])
    expect(await ordered({ alias: 'total' }, { limit: 1, offset: 1 })).toEqual(['open'])
    expect(await ordered({ alias: 'total' }, { offset: 3 })).toEqual([])
  })

  it('filter, and distinct as text', async () => {
    const measures = [{ field: 'items', aggregation: 'count', distinct: true, alias: 'n' }]
    expect((await asking(app, root, { measures, filter: { items: { $lte: 2 } } })).body.data).toEqual([{ n: 2 }])
    expect((await asking(app, root, { measures, filter: { state: 'open', paid: true } })).body.data).toEqual([{ n: 1 }])
  })
})

describe('rights', () => {
  it('are needed for the action itself', async () => {
    await app.grant('reader', 'orders', ['list', 'get'])
    const { token } = await app.user('reader', { roles: ['reader'] })
    expect(outcome(await post(app, 'orders:query', token, { measures: [count] }))).toBe('403 NO_PERMISSION')
    expect(outcome(await post(app, 'orders:query', undefined, { measures: [count] }))).toBe('401 EMPTY_TOKEN')
    await app.grant('all', 'orders', ['*'])
    expect(await ask({ measures: [count] }, (await app.user('all', { roles: ['all'] })).token)).toEqual([{ n: 5 }])
  })

  it('narrow the rows that are counted', async () => {
    await app.grant('opener', 'orders', ['query'], { where: { state: 'open' } })
    const { token } = await app.user('opener', { roles: ['opener'] })
    expect(await ask({ measures: [count, { field: 'amount', aggregation: 'max' }] }, token)).toEqual([
      { n: 2, amount: 0.2 },
    ])
    expect(await ask({ measures: [count], filter: { state: 'sent' } }, token)).toEqual([{ n: 0 }])
    expect(await ask({ dimensions: [{ field: 'state' }] }, token)).toEqual([{ state: 'open' }])
  })

  it('narrow the fields, wherever they are named', async () => {
    await app.grant('clerk', 'orders', ['query'], { fields: ['state'] })
    const { token } = await app.user('clerk', { roles: ['clerk'] })
    expect(
      await ask({ measures: [{ field: 'id', aggregation: 'max' }], dimensions: [{ field: 'state' }] }, token),
    ).toHaveLength(3)
    const salary = { field: 'salary', aggregation: 'sum', alias: 'n' }
    for (const [query, path] of [
      [{ measures: [count, salary] }, 'measures.1.field'],
      [{ measures: [{ ...salary, aggregation: 'count' }] }, 'measures.0.field'],
      [{ measures: [count], dimensions: [{ field: 'salary' }] }, 'dimensions.0.field'],
      [{ measures: [count], filter: { salary: { $gt: 1 } } }, 'filter.salary'],
    ] as const) {
      const answer = await post(app, 'orders:query', token, query)
      expect([outcome(answer), answer.body.errors[0].path]).toEqual(['403 NO_PERMISSION', path])
    }
    const answer = await post(app, 'orders:query', token, { measures: [count], orders: [{ field: 'salary' }] })
    expect([outcome(answer), answer.body.errors[0].path]).toEqual(['400 INVALID_SORT', 'orders.0.field'])
  })
})

it('answers to GET, HEAD and POST', async () => {
  const path = '/api/orders:query?measures[0][aggregation]=count'
  expect((await app.request('HEAD', path, { token: root })).status).toBe(200)
  expect((await get(app, path.slice(5), root)).text).toBe('{"data":[{"count":5}]}')
  expect((await app.request('PUT', path, { token: root })).status).toBe(405)
})
