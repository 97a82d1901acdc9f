import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { get, post } from '../calls.js'
import { answersIn, expectRefusal, expectServing, samplesApp } from './asking.js'

let app: TestApp
let id: number

beforeAll(async () => {
  app = await samplesApp()
  id = (await post(app, 'samples:create', undefined, { title: 'first' })).body.data.id
})
afterAll(() => app?.close())
afterEach(() => expectServing(app))

describe('404 for what there is not', () => {
  it.each([
    ...['samples:constructor', 'samples:__proto__', 'samples:toString', 'samples:hasOwnProperty', 'samples:list:list'],
    ...[
      'samples:LIST',
      'samples:List',
      'samples:list%00',
      'samples:list%20',
      'samples:',
      'samples:%2e%2e',
      ':list',
      ':',
    ],
    ...[
      'constructor:list',
      '__proto__:list',
      '__proto__',
      'toString',
      'Samples:list',
      'samples%00:list',
      '%20samples:list',
    ],
    ...['pg_catalog.pg_user:list', 'information_schema.tables:list', 'pg_user:list', '"samples":list', 'samples;:list'],
    ...[
      '',
      '/',
      '//',
      'samples:list/1/2/3/4',
      'a/b/c/d/e',
      'samples:list/1/x',
      '..',
      '../samples:list',
      './samples:list',
    ],
    ...[
      "samples'--:list",
      'samples:list%0d%0aX-Evil:1',
      'samples.x:list',
      'samples/1/constructor',
      'samples/1/__proto__:list',
    ],
  ])('GET /api/%s', async (path) => expectRefusal(await get(app, path), '404 NOT_FOUND'))

  it.each([
    '/',
    '/apisamples:list',
    '/API/samples:list',
    '/api',
    '/%61pi/samples:list',
    '/api%2fsamples:list',
    '/..%2f..%2fetc/passwd',
  ])('GET %s', async (path) => expectRefusal(await app.request('GET', path), '404 NOT_FOUND'))

  it('also for POST', async () => {
    for (const action of ['constructor', '__proto__', 'valueOf', 'CREATE']) {
      expectRefusal(await post(app, `samples:${action}`), '404 NOT_FOUND')
    }
  })
})

describe('400 for an address that is no UTF-8', () => {
  it.each([
    'samples:%ff',
    '%ff:list',
    'samples:get/%ff',
    'samples:get/%c3%28',
    'samples:list%',
    'samples:get/%zz',
    'samples/%ed%a0%80',
  ])('GET /api/%s', async (path) => expectRefusal(await get(app, path), '400 INVALID_QUERY'))
})

describe('405 with the verbs that there are', () => {
  const reading = 'GET, HEAD, POST'
  it.each([
    ['GET', 'samples:create', 'POST'],
    ['HEAD', 'samples:create', 'POST'],
    ['PUT', 'samples:create', 'POST'],
    ['GET', 'samples:update/1', 'POST'],
    ['PATCH', 'samples:update/1', 'POST'],
    ['GET', 'samples:destroy/1', 'POST'],
    ['DELETE', 'samples:destroy/1', 'POST'],
    ['DELETE', 'samples:list', reading],
    ['PUT', 'samples:get/1', reading],
    ['TRACE', 'samples:list', reading],
    ['PROPFIND', 'samples:list', reading],
    ['PUT', 'samples', reading],
    ['PATCH', 'samples', reading],
    ['DELETE', 'samples', reading],
    ['POST', 'samples/1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['GET', 'auth:signIn', 'POST'],
  ])('%s /api/%s', async (method, path, allow) => {
    const answer = await app.request(method, `/api/${path}`)
    expect(answer.status).toBe(405)
    if (method !== 'HEAD') expectRefusal(answer, '405 METHOD_NOT_ALLOWED')
    expect(answer.headers['allow']).toBe(allow)
  })
})

describe('the whole address, as proxies send it', () => {
  it.each(['http://x', 'HTTP://x:80', 'https://evil.example'])('%s', async (origin) => {
    const line = `GET ${origin}/api/samples:list?pageSize=1 HTTP/1.1`
    const [answer] = answersIn(await app.raw(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`))
    expect(answer?.status).toBe(200)
  })
})

describe('HEAD', () => {
  it.each([
    'samples:list',
    'samples',
    'samples:get/1',
    'samples/1',
    'samples:get/999',
    'samples:nothing',
    'samples:list?page=0',
  ])('says of /api/%s what GET says, without the body', async (path) => {
    const [head, whole] = [await app.request('HEAD', `/api/${path}`), await get(app, path)]
    expect([head.status, head.text]).toEqual([whole.status, ''])
    expect(head.headers['content-length']).toBe(whole.headers['content-length'])
    expect(head.headers['content-type']).toBe(whole.headers['content-type'])
  })
})

describe('OPTIONS', () => {
  it.each(['/api/samples:list', '/api/nothing:nothing', '/api/samples:%ff', '/', '*'])(
    'is 204 for %s',
    async (path) => {
      const answer = await app.request('OPTIONS', path)
      expect([answer.status, answer.text]).toEqual([204, ''])
      expect(answer.headers['allow']).toContain('GET')
    },
  )
})

describe('REST spellings', () => {
  it('do what the actions do', async () => {
    const made = await post(app, 'samples', undefined, { title: 'rest' })
    const path = `samples/${made.body.data.id}`
    expect([made.status, (await get(app, path)).body.data.title]).toEqual([200, 'rest'])
    expect((await app.request('PUT', `/api/${path}`, { body: { n: 1 } })).body.data).toMatchObject([{ n: 1 }])
    expect((await app.request('PATCH', `/api/${path}`, { body: { n: 2 } })).body.data).toMatchObject([{ n: 2 }])
    expect((await get(app, 'samples?filter={"title":"rest"}')).body.meta.count).toBe(1)
    expect((await app.request('DELETE', `/api/${path}`)).body).toEqual({ data: 1 })
    expectRefusal(await get(app, path), '404 NOT_FOUND')
    expectRefusal(await app.request('DELETE', `/api/${path}`), '404 NOT_FOUND')
    expectRefusal(await app.request('PUT', `/api/${path}`, { body: { n: 1 } }), '404 NOT_FOUND')
  })

  it('a reading action answers to POST too, with its parameters in the body', async () => {
    const { body } = await post(app, 'samples:list', undefined, { filter: { title: 'first' }, fields: ['title'] })
    expect(body.data).toEqual([{ title: 'first' }])
    expect((await post(app, 'samples:get', undefined, { filterByTk: id })).body.data.title).toBe('first')
  })
})

describe('a tk in the path and another one in filterByTk', () => {
  it.each([
    'filterByTk=2',
    'filterByTk[]=2',
    'filterByTk=',
    'filterByTk[a]=1',
    'filterByTk=1&filterByTk=2',
    'filterByTk=1,2',
  ])('400 with ?%s', async (query) => {
    expectRefusal(await get(app, `samples:get/1?${query}`), '400 INVALID_QUERY', 'filterByTk')
    expectRefusal(await post(app, `samples:update/1?${query}`, undefined, { n: 9 }), '400 INVALID_QUERY', 'filterByTk')
    expectRefusal(await post(app, `samples:destroy/1?${query}`), '400 INVALID_QUERY', 'filterByTk')
    expectRefusal(await get(app, `samples/1?${query}`), '400 INVALID_QUERY', 'filterByTk')
  })

  it('also when the other one is in the body', async () => {
    expectRefusal(await post(app, 'samples:get/1', undefined, { filterByTk: 2 }), '400 INVALID_QUERY', 'filterByTk')
  })

  it('twice the same is one', async () => {
    expect((await get(app, `samples:get/${id}?filterByTk=${id}`)).body.data.id).toBe(id)
  })
})
