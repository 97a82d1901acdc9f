import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { answersIn, expectClosed, expectServing, samplesApp } from './asking.js'

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

const start = 'POST /api/samples:create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'

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
