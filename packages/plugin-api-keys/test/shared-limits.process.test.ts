import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { silentLogger, type Logger } from '@postern/core'
import type { TestApp, TestUser } from '@postern/testkit'
import { createKeyApp, makeKey, useKey, type MadeKey } from './key-app.js'

const redis = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'

/** Does a Redis answer there? */
const isThere = await new Promise<boolean>((resolve) => {
  const { hostname, port } = new URL(redis)
  const socket = connect({ host: hostname, port: Number(port || 6379), timeout: 1000 })
  const say = (answer: boolean) => () => {
    socket.destroy()
    resolve(answer)
  }
  socket.once('connect', say(true)).once('error', say(false)).once('timeout', say(false))
})

const opened: TestApp[] = []
const said: string[] = []
const note =
  (level: string) =>
  (...entry: readonly unknown[]): void =>
    void said.push(`${level} ${entry.filter((part) => typeof part === 'string').join(' ')}`)
const log: Logger = { ...silentLogger, warn: note('warn'), info: note('info'), child: () => log }
const aboutLimits = () => said.filter((line) => line.includes('Rate limits'))

async function open(settings: Record<string, string>, from?: TestApp): Promise<TestApp> {
  const app = await createKeyApp({ settings, log, ...(from && { database: from.database }) })
  opened.push(app)
  return app
}

afterEach(async () => {
  for (const app of opened.splice(0).reverse()) await app.close()
  said.length = 0
})

const limitedKey = (app: TestApp, owner: TestUser, limit: number): Promise<MadeKey> =>
  makeKey(app, owner, { rateLimit: { limit, window: 60 } })

/** How many of these requests, half of them to each of two nodes, succeed. */
async function successes(nodes: readonly TestApp[], key: MadeKey, times: number): Promise<number> {
  const asked = Array.from({ length: times }, (_, index) => nodes[index % nodes.length])
  const answers = await Promise.all(asked.map(async (node) => (node ? useKey(node, key) : undefined)))
  return answers.filter((answer) => answer?.status === 200).length
}

const stores: readonly (readonly [string, Record<string, string>])[] = [
  ...(isThere ? [['REDIS_URL alone', { REDIS_URL: redis }] as const] : []),
  ['LIMIT_STORE=postgresql', { LIMIT_STORE: 'postgresql' }],
]

describe.each(stores)('two nodes with %s', (_what, settings) => {
  it('let exactly the limit through together', async () => {
    const first = await open(settings)
    const ann = await first.user('ann', { roles: ['editor'] })
    const second = await open(settings, first)
    const key = await limitedKey(first, ann, 50)
    expect(await successes([first, second], key, 200)).toBe(50)
    const { headers } = await useKey(second, key)
    expect(headers['ratelimit']).toMatch(/^"apiKey";r=0;t=\d+$/)
  })
})

it('two nodes with nothing of the sort count each for itself', async () => {
  const first = await open({})
  const ann = await first.user('ann', { roles: ['editor'] })
  const second = await open({}, first)
  const key = await limitedKey(first, ann, 5)
  expect(await successes([first, second], key, 40)).toBe(10)
})

describe('servers on one Redis with databases of their own', () => {
  ;(isThere ? it : it.skip)('do not share counts', async () => {
    const [first, second] = [await open({ REDIS_URL: redis }), await open({ REDIS_URL: redis })]
    for (const app of [first, second]) {
      const key = await limitedKey(app, await app.user('ann', { roles: ['editor'] }), 2)
      expect(await successes([app], key, 5)).toBe(2)
    }
  })
})

describe('a Redis that is away', () => {
  let ann: TestUser
  let gate: Server
  const sockets = new Set<Socket>()
  let port = 0

  beforeAll(async () => {
    gate = createServer((near) => {
      const far = connect({ host: new URL(redis).hostname, port: Number(new URL(redis).port || 6379) })
      for (const socket of [near, far]) {
        sockets.add(socket)
        socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
      }
      near.pipe(far).pipe(near)
    })
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve))
    const address = gate.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  })
  afterAll(() => void gate?.close())

  it('from the start: requests are served, and the log says so once', async () => {
    const app = await open({ REDIS_URL: 'redis://127.0.0.1:1' })
    ann = await app.user('ann', { roles: ['editor'] })
    const key = await limitedKey(app, ann, 2)
    for (let time = 0; time < 10; time++) expect((await useKey(app, key)).status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect((await useKey(app, key)).status).toBe(200)
    expect(aboutLimits()).toEqual(['warn Rate limits are not counted: Redis (REDIS_URL) is away'])
  })

  ;(isThere ? it : it.skip)('for a while: requests are served meanwhile, and counted when it is back', async () => {
    const app = await open({ REDIS_URL: `redis://127.0.0.1:${port}` })
    ann = await app.user('ann', { roles: ['editor'] })
    const key = await limitedKey(app, ann, 2)
    expect(await successes([app], key, 5)).toBe(2)
    gate.close()
    for (const socket of sockets) socket.destroy()
    expect(await successes([app], key, 5)).toBe(5)
    await new Promise<void>((resolve) => gate.listen(port, '127.0.0.1', resolve))
    const end = Date.now() + 15_000
    while ((await useKey(app, key)).status !== 429 && Date.now() < end) await new Promise((r) => setTimeout(r, 100))
    expect((await useKey(app, key)).status).toBe(429)
    expect(aboutLimits()).toEqual([
      'warn Rate limits are not counted: Redis (REDIS_URL) is away',
      expect.stringMatching(/^info Rate limits are counted again: Redis \(REDIS_URL\) was away for \d+ s$/),
    ])
  })

  it('that swallows everything holds up one request now and then, not all of them', async () => {
    const swallow = createServer((socket) => void socket.on('error', () => undefined).resume())
    await new Promise<void>((resolve) => swallow.listen(0, '127.0.0.1', resolve))
    const address = swallow.address()
    const at = typeof address === 'object' && address !== null ? address.port : 0
    const app = await open({ REDIS_URL: `redis://127.0.0.1:${at}` })
    const key = await limitedKey(app, await app.user('ann', { roles: ['editor'] }), 2)
    for (let time = 0; time < 10; time++) expect((await useKey(app, key)).status).toBe(200)
    expect(aboutLimits()).toHaveLength(1)
    await app.close()
    swallow.close()
  })

  it('does not make guessing free: failures are counted in memory', async () => {
    const app = await open({ REDIS_URL: 'redis://127.0.0.1:1', LIMIT_FAILED_CREDENTIALS: '3' })
    const statuses: number[] = []
    for (let time = 0; time < 4; time++) {
      statuses.push((await app.request('GET', '/api/auth:check', { token: 'nonsense' })).status)
    }
    expect(statuses).toEqual([401, 401, 401, 429])
  })
})
