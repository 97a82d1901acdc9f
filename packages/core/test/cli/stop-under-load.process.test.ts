import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { CliFolder } from './cli-folder.js'
import { RunningServer } from './running-server.js'

let database: TestDatabase
let cli: CliFolder
let server: RunningServer | undefined

beforeAll(async () => {
  database = await createDatabase({ started: true })
  cli = await CliFolder.make({ DATABASE_URL: database.url })
  await cli.plugin(
    'busy',
    `setup({ acl, resources, db }) {
       acl.grant('anonymous', 'busy', ['quick', 'slow'])
       resources.define('busy', {
         quick: defineAction({ summary: 'Ask', reads: true, run: async () => (await db.sql\`SELECT 1\`).count }),
         slow: defineAction({ summary: 'Ask', reads: true, run: async () => (await db.sql\`SELECT pg_sleep(1)\`).count }),
       })
     }`,
  )
  await cli.run('plugin enable busy')
})
afterEach(() => server?.end())
afterAll(async () => {
  await cli?.remove()
  await database?.drop()
})

/** `refused`: no connection, so nothing was sent · `lost`: sent on an open connection, and not answered. */
type Outcome = number | 'refused' | 'lost'

/** Milliseconds: far less than what a server that stops grants to idle connections, which it counts from earlier on. */
const grace = 100
const lastUsed = new WeakMap<Socket, number>()

function ask(url: string, agent: Agent | false): Promise<Outcome> {
  return new Promise((resolve) => {
    const sent = request(url, { agent })
    let idle = 0
    sent.on('socket', (socket) => {
      idle = performance.now() - (lastUsed.get(socket) ?? performance.now())
      sent.on('close', () => lastUsed.set(socket, performance.now()))
    })
    sent.on('response', (response) => {
      response.on('error', () => resolve('lost'))
      response.on('end', () => resolve(response.statusCode ?? 0)).resume()
    })
    // Refused, if late: a new connection that the server had not accepted yet and the kernel reset; and one that lay
    // idle, because this machine is busy, until the server closed it.
    sent.on('error', () => resolve(sent.reusedSocket && idle < grace ? 'lost' : 'refused'))
    sent.end()
  })
}

/** Clients that go on until nobody answers, and count what becomes of their requests. */
async function clients(url: string, count: number, agent: Agent | false, seen: Map<Outcome, number>): Promise<void> {
  const one = async (): Promise<void> => {
    for (;;) {
      const outcome = await ask(url, agent)
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
      if (outcome === 'refused' || outcome === 'lost') return
    }
  }
  await Promise.all(Array.from({ length: count }, one))
}

describe('SIGTERM under load', () => {
  it('0 loses no request that was sent, and finishes what runs', async () => {
    server = await RunningServer.start(cli)
    const { url } = server
    const seen = new Map<Outcome, number>()
    const keepAlive = new Agent({ keepAlive: true })
    const load = [
      clients(`${url}/api/busy:quick`, 16, keepAlive, seen),
      clients(`${url}/api/busy:quick`, 4, false, seen),
      clients(`${url}/api/busy:slow`, 4, keepAlive, seen),
    ]
    await new Promise((resolve) => setTimeout(resolve, 1300))
    const stopped = server.stop()
    await Promise.all(load)
    keepAlive.destroy()
    expect(await stopped).toBe(0)
    expect([...seen.keys()].filter((outcome) => outcome !== 200 && outcome !== 'refused')).toEqual([])
    expect(seen.get(200)).toBeGreaterThan(20)
    expect(seen.get('refused')).toBe(24)
  })
})
