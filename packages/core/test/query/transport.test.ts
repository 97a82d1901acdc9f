import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { answersIn, expectRefusal, expectServing, samplesApp } from './asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp({ LIMIT_HEADER_MS: '700', LIMIT_REQUEST_MS: '1500' })
})
afterAll(() => app?.close())
afterEach(() => expectServing(app))

const open = async (): Promise<Socket> => {
  const { hostname, port } = new URL(app.url)
  const socket = connect({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  return socket
}

/** What stands in answers to what never became a request. */
function expectClosed(text: string, status: number, code: string): void {
  const answers = answersIn(text)
  expect(answers.map((answer) => answer.status)).toEqual([status])
  const [{ head = '', body = '' } = {}] = answers
  expect(head).toMatch(/connection: close/i)
  expect(head).toMatch(/x-request-id: [\da-f-]{36}/i)
  expect(head).toMatch(/content-type: application\/json; charset=utf-8/i)
  expect(JSON.parse(body).errors.map((error: { code: string }) => error.code)).toEqual([code])
}

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

/** Sends a byte every 100 ms until the server closes. @returns what came, and after how many milliseconds */
async function dribble(first: string, drop: string): Promise<{ text: string; after: number }> {
  const socket = await open()
  const started = performance.now()
  let text = ''
  socket.on('data', (data: Buffer) => (text += data.toString()))
  socket.on('error', () => undefined)
  socket.write(first)
  const timer = setInterval(() => socket.write(drop), 100)
  await once(socket, 'close')
  clearInterval(timer)
  return { text, after: performance.now() - started }
}

describe('408, and closed in time', () => {
  it.each([
    ['a header byte by byte', 'GET /api/samples:list HTTP/1.1\r\nX-Slow: ', 'x'],
    ['header after header', 'GET /api/samples:list HTTP/1.1\r\n', 'X-A: b\r\n'],
    ['a body byte by byte', `${start}Content-Length: 1000\r\n\r\n{"title":"`, 'x'],
    ['chunk by chunk', `${start}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
  ])('%s', async (_what, first, drop) => {
    const [{ text, after }] = await Promise.all([dribble(first, drop), expectServing(app)])
    expectClosed(text, 408, 'REQUEST_TIMEOUT')
    expect(after).toBeLessThan(4000)
  })

  it('a connection that says nothing', async () => {
    const { text, after } = await dribble('', '')
    expect(answersIn(text).map(({ status }) => status)).toEqual([408])
    expect(after).toBeLessThan(4000)
  })
})

describe('idle connections', () => {
  it('300 of them keep nobody else from being served', async () => {
    const sockets = await Promise.all(Array.from({ length: 300 }, open))
    for (const socket of sockets) socket.on('error', () => undefined).write('GET /api/sam')
    const started = performance.now()
    for (let count = 0; count < 20; count++) await expectServing(app)
    expect(performance.now() - started).toBeLessThan(2000)
    for (const socket of sockets) if (!socket.closed) await once(socket.resume(), 'close')
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
