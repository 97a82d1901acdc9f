import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { answersIn, expectRefusal } from '../query/asking.js'

let app: TestApp
let mia: TestUser
const json = { 'Content-Type': 'application/json' }

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('todos', { title: 'string' })
  mia = await app.user('mia')
})
afterAll(() => app?.close())

/** Bodies that would be refused by themselves. */
const bodies: [string, string, Record<string, string>][] = [
  ['broken JSON', '{"title":', json],
  ['another type', 'title=x', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ['100,000 levels', '['.repeat(100_000), json],
  ['11 MB', `{"title":"${'x'.repeat(11 * 1024 * 1024)}"}`, json],
  ['an unknown encoding', '{}', { ...json, 'Content-Encoding': 'zstd' }],
]

describe('who calls what is looked at before the body is', () => {
  it.each(bodies)('with %s', async (_what, raw, headers) => {
    const send = (path: string, token?: string, method = 'POST') =>
      app.request(method, `/api/${path}`, { raw, headers, ...(token === undefined ? {} : { token }) })
    expectRefusal(await send('todos:create'), '401 EMPTY_TOKEN')
    expectRefusal(await send('todos:create', 'wrong'), '401 INVALID_TOKEN')
    expectRefusal(await send('todos:create', mia.token), '403 NO_PERMISSION')
    expectRefusal(await send('nothing:create', mia.token), '404 NOT_FOUND')
    expectRefusal(await send('todos:create', mia.token, 'PUT'), '405 METHOD_NOT_ALLOWED')
  })

  it('so that a body which never comes keeps nobody waiting', async () => {
    const head =
      'POST /api/todos:create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n'
    const started = performance.now()
    const [answer] = answersIn(await app.raw(head, { timeout: 300 }))
    expect(answer?.status).toBe(401)
    expect(performance.now() - started).toBeLessThan(900)
  })
})

describe('405 or 404', () => {
  it.each([
    ['PUT', 'todos', 'GET, HEAD, POST'],
    ['DELETE', 'todos', 'GET, HEAD, POST'],
    ['POST', 'todos/1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['DELETE', 'users/1/roles', 'GET, HEAD, POST'],
    ['TRACE', 'todos', 'GET, HEAD, POST'],
  ])('405 with Allow for %s /api/%s', async (method, path, allowed) => {
    const answer = await app.request(method, `/api/${path}`)
    expectRefusal(answer, '405 METHOD_NOT_ALLOWED')
    expect(answer.headers['allow']).toBe(allowed)
  })

  it.each([
    ['PUT', 'nothing'],
    ['DELETE', 'constructor'],
    ['POST', 'nothing/1'],
    ['DELETE', 'users/1/nothing'],
  ])('404 for %s /api/%s, where there is no such resource', async (method, path) => {
    const answer = await app.request(method, `/api/${path}`)
    expectRefusal(answer, '404 NOT_FOUND')
    expect(answer.headers['allow']).toBeUndefined()
  })
})

describe('an expectation that the server does not know', () => {
  it('is no reason to refuse', async () => {
    const root = await app.signIn('root')
    const answer = await app.request('POST', '/api/todos:create', {
      token: root,
      body: { title: 'x' },
      headers: { Expect: 'banana' },
    })
    expect(answer.status).toBe(200)
  })
})
