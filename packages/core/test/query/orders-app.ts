import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { get, post } from '../calls.js'

/** Orders of a shop: amounts that floating point adds up wrongly, and values that are missing. */
export const orders = [
  { state: 'open', amount: '0.10', items: 1, weight: 0.5, paid: true, at: '2025-03-29T23:30:00.000Z' },
  { state: 'open', amount: '0.20', items: 2, weight: 1.5, paid: false, at: '2025-03-30T00:30:00.000Z' },
  { state: 'sent', amount: '100.00', items: 2, weight: null, paid: true, at: '2025-03-30T01:30:00.000Z' },
  { state: 'sent', amount: null, items: null, weight: 4, paid: null, at: '2025-12-31T23:30:00.000Z' },
  { state: null, amount: '-5.00', items: 7, weight: 0.25, paid: false, at: null },
].map((order, index) => ({ ...order, big: String(2n ** 53n + BigInt(index)), secret: `s${index}`, salary: index }))

/** A server with the collection `orders`. */
export async function ordersApp(): Promise<{ app: TestApp; root: string }> {
  const app = await createTestApp({ settings: { LIMIT_UNPAGED_ROWS: '50' } })
  await app.collection('orders', {
    state: 'string',
    amount: { type: 'decimal', precision: 12, scale: 2 },
    items: 'integer',
    weight: 'double',
    paid: 'boolean',
    at: 'datetime',
    local: 'datetimeNoTz',
    day: 'dateOnly',
    clock: 'time',
    big: 'bigInt',
    tags: 'array',
    guid: 'uuid',
    secret: { type: 'string', hidden: true },
    salary: 'integer',
  })
  const root = await app.signIn('root')
  const more = (at: string | null) => ({ local: at?.slice(0, 19).replace('T', ' '), day: at?.slice(0, 10) })
  const rows = orders.map((order) => ({ ...order, ...more(order.at), clock: order.at?.slice(11, 19), tags: ['x'] }))
  await post(app, 'orders:create', root, rows)
  return { app, root }
}

export interface Query {
  readonly measures?: unknown
  readonly dimensions?: unknown
  readonly [name: string]: unknown
}

/** Each parameter as JSON text in the address. */
export const inAddress = (query: Query): string =>
  `orders:query?${Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(JSON.stringify(value))}`)
    .join('&')}`

export const inBrackets = (query: Query): string => {
  const parts = (path: string, value: unknown): string[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, member]) => parts(`${path}[${name}]`, member))
      : [`${path}=${encodeURIComponent(String(value))}`]
  return `orders:query?${Object.entries(query)
    .flatMap(([name, value]) => parts(name, value))
    .join('&')}`
}

export type Asking = (app: TestApp, token: string, query: Query) => Promise<TestResponse>

/** The three ways to ask the same. */
export const ways: readonly (readonly [string, Asking])[] = [
  ['in a body', (app, token, query) => post(app, 'orders:query', token, query)],
  ['as JSON in the address', (app, token, query) => get(app, inAddress(query), token)],
  ['in brackets', (app, token, query) => get(app, inBrackets(query), token)],
]
