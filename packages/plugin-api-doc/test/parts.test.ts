import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ReceivedJson, TestApp } from '@postern/testkit'
import { createDocApp, documentOf, getDocument, rootSession, sessionOf } from './doc-app.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createDocApp()
  await app.collection('hostile', { a: 'text' })
  root = await rootSession(app)
})
afterAll(() => app?.close())

describe('in parts', () => {
  it.each([
    ['core', ['/users:list', '/collections:create', '/users/{sourceId}/roles:add'], ['/todos:list', '/apiKeys:list']],
    ['plugins', ['/apiKeys:list', '/swagger:get'], ['/todos:list', '/users:list']],
    ['plugins/api-keys', ['/apiKeys:list'], ['/swagger:get', '/users:list']],
    ['collections', ['/todos:list'], ['/users:list', '/apiKeys:list']],
    ['collections/todos', ['/todos:list', '/todos:create'], ['/users:list', '/hostile:list']],
    ['collections/users', ['/users:list', '/users/{sourceId}/roles:add'], ['/todos:list']],
  ])('ns=%s', async (ns, present, absent) => {
    const paths = Object.keys((await documentOf(app, root, ns)).paths)
    expect(paths).toEqual(expect.arrayContaining(present))
    for (const path of absent) expect(paths).not.toContain(path)
  })

  it.each([
    'nothing',
    'plugins/nothing',
    'collections/nothing',
    'collections/',
    '',
    '../core',
    'https://evil/spec.json',
  ])('is 404 for ns=%s', async (ns) => expect(await getDocument(app, root, ns)).toMatchObject({ status: 404 }))

  it('is 404 for a part of which the reader may call nothing', async () => {
    const reader = await sessionOf(app, 'ron', ['reader'])
    expect(await getDocument(app, reader, 'collections/users')).toMatchObject({ status: 404 })
  })

  it('lists its parts with addresses that answer', async () => {
    const { body } = await app.request('GET', '/api/swagger:getUrls', { token: root })
    const names = body.data.map(({ name }: ReceivedJson) => name)
    expect(names).toEqual(
      expect.arrayContaining(['all', 'core', 'plugins', 'plugins/api-keys', 'collections', 'collections/todos']),
    )
    for (const { url } of body.data)
      expect(await app.request('GET', url, { token: root })).toMatchObject({ status: 200 })
  })

  it('is 400 for a parameter that it does not understand', async () => {
    expect(await app.request('GET', '/api/swagger:get?ns[]=a&ns[]=b', { token: root })).toMatchObject({ status: 400 })
  })
})

describe('kept by its readers', () => {
  it('has an ETag, and is 304 for who has it', async () => {
    const first = await app.request('GET', '/api/openapi.json', { token: root })
    const { etag } = first.headers
    expect(etag).toMatch(/^"[\w-]+"$/)
    expect(first.headers).toMatchObject({ 'cache-control': 'private, no-cache', 'x-content-type-options': 'nosniff' })
    const headers = { 'If-None-Match': `"something", W/${etag}` }
    for (const method of ['GET', 'HEAD']) {
      const again = await app.request(method, '/api/openapi.json', { token: root, headers })
      expect({ status: again.status, text: again.text }).toEqual({ status: 304, text: '' })
      expect(again.headers['etag']).toBe(etag)
    }
    const other = { 'If-None-Match': '"something"' }
    expect(await app.request('GET', '/api/openapi.json', { token: root, headers: other })).toMatchObject({
      status: 200,
    })
  })

  it('has the headers without the text for HEAD', async () => {
    const { text, headers, status } = await app.request('HEAD', '/api/openapi.json', { token: root })
    expect({ text, status }).toEqual({ text: '', status: 200 })
    expect(headers['etag']).toBeDefined()
  })
})
