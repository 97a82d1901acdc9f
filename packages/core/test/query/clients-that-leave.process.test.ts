import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { countRows, outcome, post } from '../calls.js'
import { eventually } from '../eventually.js'
import { expectServing, samplesApp } from './asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp({ DATABASE_POOL: '2' })
})
afterAll(() => app?.close())

const bulk = 200
const bodyOf = (title: string): string =>
  JSON.stringify(Array.from({ length: bulk }, () => ({ title, body: 'x'.repeat(500) })))
const requestOf = (path: string, body: string): string =>
  `POST /api/${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** Sends so much of a request and is gone, after so many milliseconds. */
async function leave(bytes: string, after: number, abruptly: boolean): Promise<void> {
  const { hostname, port } = new URL(app.url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  await new Promise((resolve) => socket.write(bytes, resolve))
  await pause(after)
  if (abruptly) socket.resetAndDestroy()
  else socket.destroy()
}

describe('a client that is gone in the middle of a write', () => {
  it.each([
    ['hangs up', false],
    ['resets', true],
  ])('whole or nothing is stored when it %s, and no connection is lost', async (title, abruptly) => {
    const whole = requestOf('samples:create', bodyOf(title))
    await Promise.all(Array.from({ length: 20 }, (_, at) => leave(whole, at * 3, abruptly)))
    await eventually(async () => (await countRows(app, 'samples', { title })) === 20 * bulk, 10_000).catch(
      () => undefined,
    )
    expect((await countRows(app, 'samples', { title })) % bulk).toBe(0)
    for (let count = 0; count < 5; count++) await expectServing(app)
    expect(outcome(await post(app, 'samples:create', undefined, { title: 'good' }))).toBe('200')
  })

  it('half a body stores nothing', async () => {
    const whole = requestOf('samples:create', bodyOf('half'))
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => leave(whole.slice(0, (whole.length * (at + 1)) / 22), at, at % 2 === 0)),
    )
    for (let count = 0; count < 5; count++) await expectServing(app)
    expect(await countRows(app, 'samples', { title: 'half' })).toBe(0)
  })

  it('nor do readers who do not wait keep the pool', async () => {
    const reader = 'GET /api/samples:list?pageSize=1000 HTTP/1.1\r\nHost: x\r\n\r\n'
    await Promise.all(Array.from({ length: 20 }, (_, at) => leave(reader.repeat(3), at, at % 2 === 0)))
    await Promise.all(Array.from({ length: 10 }, () => expectServing(app)))
  })

  it('after all of them two writes at a time go on', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => post(app, 'samples:create', undefined, [{ title: 'end' }, { title: 'end' }])),
    )
    expect(answers.map(outcome)).toEqual(Array.from({ length: 6 }, () => '200'))
    expect(await countRows(app, 'samples', { title: 'end' })).toBe(12)
  })
})
