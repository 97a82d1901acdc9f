import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { answersIn, expectClosed, expectRefusal, expectServing, samplesApp } from './asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp()
})
afterAll(() => app?.close())
afterEach(() => expectServing(app))

const start = 'POST /api/samples:create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
const next = 'GET /api/samples:list HTTP/1.1\r\nHost: x\r\n\r\n'

describe('400, and closed, for what is no HTTP or two things at once', () => {
  it.each([
    [
      'Content-Length with Transfer-Encoding',
      `${start}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${next}`,
    ],
    [
      'Transfer-Encoding with Content-Length',
      `${start}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n${next}`,
    ],
    ['two lengths', `${start}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}${next}`],
    ['the same length twice', `${start}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${next}`],
    ['two lengths in one', `${start}Content-Length: 2, 2\r\n\r\n{}${next}`],
    ['a length below zero', `${start}Content-Length: -1\r\n\r\n{}${next}`],
    ['a length with a sign', `${start}Content-Length: +2\r\n\r\n{}${next}`],
    ['a length in hex', `${start}Content-Length: 0x2\r\n\r\n{}${next}`],
    ['chunked twice', `${start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${next}`],
    ['an obscured chunked', `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${next}`],
    ['a blank before the colon', `${start}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${next}`],
    ['bare line feeds', next.replaceAll('\r\n', '\n')],
    ['a bare line feed between headers', 'GET /api/samples:list HTTP/1.1\r\nHost: x\nX-A: b\r\n\r\n'],
    ['a bare carriage return', 'GET /api/samples:list HTTP/1.1\r\nHost: x\rX-A: b\r\n\r\n'],
    ['a folded header', 'GET /api/samples:list HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n'],
    ['NUL in a header', 'GET /api/samples:list HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n'],
    ['a header without a name', 'GET /api/samples:list HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n'],
    ['a bad chunk size', `${start}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
    ['a verb there is none of', 'FOO /api/samples:list HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['another version', 'GET /api/samples:list HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['text', 'hello?\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['no Host', 'GET /api/samples:list HTTP/1.1\r\n\r\n'],
  ])('%s', async (_what, bytes) => expectClosed(await app.raw(bytes, { timeout: 3000 }), 400, 'INVALID_QUERY'))

  it('nothing is stored', async () => {
    const { body } = await app.request('GET', '/api/samples:list')
    expect(body.meta.count).toBe(0)
  })
})

describe('431, 414', () => {
  it('17 KB in one header, in many', async () => {
    const long = `GET /api/samples:list HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(17 * 1024)}\r\n\r\n`
    expectClosed(await app.raw(long), 431, 'HEADERS_TOO_LARGE')
    const many = Array.from({ length: 100 }, (_, at) => `X-${at}: ${'x'.repeat(170)}\r\n`).join('')
    expectClosed(await app.raw(`GET /api/samples:list HTTP/1.1\r\nHost: x\r\n${many}\r\n`), 431, 'HEADERS_TOO_LARGE')
  })

  it('more than 200 headers', async () => {
    const headers = Array.from({ length: 201 }, (_, at) => [`X-${at}`, '1'] as const)
    expectRefusal(await app.request('GET', '/api/samples:list', { headers }), '431 HEADERS_TOO_LARGE')
    expectRefusal(
      await app.request('GET', '/api/samples:list', { headers: headers.map(() => ['X-Same', '1'] as const) }),
      '431 HEADERS_TOO_LARGE',
    )
  })

  it('9 KB of address', async () => {
    expectRefusal(await app.request('GET', `/api/samples:list?x=${'x'.repeat(9 * 1024)}`), '414 URI_TOO_LONG')
    expectRefusal(await app.request('GET', `/${'x'.repeat(9 * 1024)}`), '414 URI_TOO_LONG')
    expectClosed(await app.raw(`GET /${'x'.repeat(20 * 1024)} HTTP/1.1\r\nHost: x\r\n\r\n`), 431, 'HEADERS_TOO_LARGE')
  })
})

describe('names of hosts that lie', () => {
  it.each([
    'Host',
    'X-Forwarded-Host',
    'X-Forwarded-Server',
    'X-Original-URL',
    'X-Rewrite-URL',
    'Forwarded',
    'X-Forwarded-Proto',
    'X-HTTP-Method-Override',
    'Referer',
  ])('%s: evil.example is in no answer', async (name) => {
    for (const path of [
      '/api/samples:list',
      '/api/samples:get/999',
      '/api/nothing:list',
      '/',
      '/docs',
      '//evil.example/',
      '/healthz',
      '/api/samples:create',
    ]) {
      const value = name === 'Forwarded' ? 'host=evil.example' : 'evil.example'
      const answer = await app.request('GET', path, { headers: { [name]: value } })
      expect(`${JSON.stringify(answer.headers)}${answer.text}`).not.toContain('evil.example')
    }
  })

  it('an address with a host in it is not a way around', async () => {
    const text = await app.raw(
      'GET http://evil.example/api/samples:list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    expect(text).not.toContain('evil.example')
  })
})

describe('several requests over one connection', () => {
  it('are answered in order, also behind a refused one', async () => {
    const bad = 'GET /api/samples:list?page=0 HTTP/1.1\r\nHost: x\r\n\r\n'
    const answers = answersIn(await app.raw(`${next}${bad}${next}`))
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200])
  })
})
