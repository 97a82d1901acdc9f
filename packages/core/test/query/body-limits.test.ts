import { request as httpRequest, type ClientRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { post } from '../calls.js'
import { eventually } from '../eventually.js'
import { expectRefusal } from './asking.js'

let app: TestApp
const json = { 'Content-Type': 'application/json' }
const open: ClientRequest[] = []

beforeAll(async () => {
  app = await createTestApp({
    settings: {
      TRUSTED_PROXIES: '127.0.0.1',
      LIMIT_JSON_VALUES: '1000',
      LIMIT_BODY_BYTES: '100000',
      LIMIT_BODIES_BYTES: '400000',
      LIMIT_ADDRESS_BODIES_BYTES: '200000',
    },
  })
  await app.collection('notes', { text: { type: 'text' }, data: { type: 'json' } })
  await app.grant('anonymous', 'notes', ['*'])
})
afterAll(() => app?.close())
afterEach(() => {
  for (const request of open.splice(0)) request.destroy()
})

const raw = (path: string, content: string | Uint8Array, headers: Record<string, string> = {}) =>
  app.request('POST', `/api/${path}`, { raw: content, headers: { ...json, ...headers } })
const from = (address: string) => ({ 'X-Forwarded-For': address })

/** Begins a body and does not end it. */
function begin(bytes: number, address: string): void {
  const request = httpRequest(`${app.url}/api/notes:create`, {
    method: 'POST',
    headers: { ...json, ...from(address), 'Content-Length': '99999' },
  })
  request.on('error', () => undefined)
  request.write(`{"text":"${'a'.repeat(bytes)}`)
  open.push(request)
}
const create = async (address: string, bytes = 50_000): Promise<number> =>
  (await post(app, 'notes:create', undefined, { text: 'a'.repeat(bytes) }, from(address))).status

describe('an action may say how long a body it takes', () => {
  const account = (length: number) => JSON.stringify({ account: 'a'.repeat(length), password: 'x' })

  it.each(['auth:signIn'])('%s takes 4 kB, inflated or not', async (action) => {
    expectRefusal(await raw(action, account(5000)), '413 PAYLOAD_TOO_LARGE')
    expectRefusal(await raw(action, account(90_000)), '413 PAYLOAD_TOO_LARGE')
    const zipped = gzipSync(account(90_000))
    expectRefusal(await raw(action, zipped, { 'Content-Encoding': 'gzip' }), '413 PAYLOAD_TOO_LARGE')
    expectRefusal(await raw(action, account(3000)), '400 INVALID_VALUE')
  })

  it('and the others take what the setting says', async () => {
    expect(await create('192.0.2.1', 90_000)).toBe(200)
    expect(await create('192.0.2.1', 100_000)).toBe(413)
  })
})

describe('values in a body', () => {
  it.each([
    ['lists', '[]'],
    ['objects', '{}'],
    ['numbers', '1'],
    ['texts', '"a"'],
    ['members', '{"a":1}'],
    ['nulls', 'null'],
  ])('400 for more than the setting says: %s', async (_what, value) => {
    const list = (length: number) => `{"data":[${Array(length).fill(value).join(',')}]}`
    const each = value === '{"a":1}' ? 2 : 1
    expect((await raw('notes:create', list(Math.floor(998 / each)))).status).toBe(200)
    expectRefusal(await raw('notes:create', list(998 / each + 1)), '400 INVALID_JSON')
  })
})

describe('503 with Retry-After for bodies that do not end', () => {
  it('from one address beyond its share, while others are served', async () => {
    for (let count = 0; count < 6; count++) begin(40_000, '192.0.2.1')
    await eventually(async () => (await create('192.0.2.1')) === 503, 5000)
    const answer = await post(app, 'notes:create', undefined, { text: 'a'.repeat(50_000) }, from('192.0.2.1'))
    expectRefusal(answer, '503 UNAVAILABLE')
    expect(answer.headers['retry-after']).toBe('1')
    expect(await create('192.0.2.2')).toBe(200)
  })

  it('from all addresses together, while small ones are let in, and not once they are gone', async () => {
    for (let count = 0; count < 12; count++) begin(40_000, `192.0.2.${10 + count}`)
    await eventually(async () => (await create('192.0.2.2')) === 503, 5000)
    expect(await create('192.0.2.2', 100)).toBe(200)
    for (const request of open.splice(0)) request.destroy()
    await eventually(async () => (await create('192.0.2.2')) === 200, 5000)
  })

  it('and every answered body is given back, whatever became of it', async () => {
    for (let count = 0; count < 10; count++) {
      expect(await create('192.0.2.3', 90_000)).toBe(200)
      expect(await create('192.0.2.3', 100_000)).toBe(413)
      expectRefusal(await raw('notes:create', `{"text":${'1'.repeat(90_000)}`, from('192.0.2.3')), '400 INVALID_JSON')
    }
  })
})

it('413 for what inflates to more than a hundred times its size', async () => {
  const dense = gzipSync(JSON.stringify({ text: 'a'.repeat(99_000) }))
  expectRefusal(await raw('notes:create', dense, { 'Content-Encoding': 'gzip' }), '413 PAYLOAD_TOO_LARGE')
  const words = JSON.stringify({ text: Array.from({ length: 9000 }, (_, index) => `word${index}`).join(' ') })
  expect((await raw('notes:create', gzipSync(words), { 'Content-Encoding': 'gzip' })).status).toBe(200)
})
