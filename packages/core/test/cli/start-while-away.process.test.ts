import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { TcpProxy } from '../app/tcp-proxy.js'
import { eventually } from '../eventually.js'
import { freePort } from '../nodes/node-process.js'
import { CliFolder } from './cli-folder.js'
import { RunningServer } from './running-server.js'

let database: TestDatabase
let proxy: TcpProxy
let cli: CliFolder
let server: RunningServer | undefined

beforeAll(async () => {
  database = await createDatabase({ started: true })
  proxy = await TcpProxy.open(database.url)
  cli = await CliFolder.make({ DATABASE_URL: proxy.url, LOG_LEVEL: 'error' })
})
afterEach(async () => {
  await server?.end()
  await proxy.set('forward')
})
afterAll(async () => {
  await cli?.remove()
  await proxy?.close()
  await database?.drop()
})

/** Starts a server that cannot come up yet. @returns where it will be */
async function startWaiting(): Promise<string> {
  const port = await freePort()
  const started = new RunningServer(cli.spawn(['start'], { APP_PORT: String(port) }))
  server = started
  const url = `http://127.0.0.1:${port}`
  await eventually(async () => (await fetch(`${url}/healthz`)).status === 200, limit)
  return url
}

/** How long a process may take that has to share its processor; one that waits for the database would take longer. */
const limit = 25_000

describe.each(['refuse', 'swallow'] as const)('a start while the network of the database would %s', (mode) => {
  it('is alive and not ready, and comes up by itself when it returns', async () => {
    await proxy.set(mode)
    const url = await startWaiting()
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ status: 'ok', phase: 'starting' })
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    const refused = await fetch(`${url}/api/users:list`)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await refused.json()).toMatchObject({ errors: [{ code: 'UNAVAILABLE' }] })
    await proxy.set('forward')
    await eventually(async () => (await fetch(`${url}/readyz`)).status === 200, limit)
    expect(await server?.stop()).toBe(0)
  }, 60_000)
})

describe('while the database is away', () => {
  it('3 a command does not wait for it, and says why', async () => {
    await proxy.set('refuse')
    const { code, json } = await cli.process('plugin list --json')
    expect({ code, error: json.error.code }).toEqual({ code: 3, error: 'DATABASE_AWAY' })
  })

  it('0 a start that is told to stop does not wait for it, without a word of failure', async () => {
    await proxy.set('refuse')
    await startWaiting()
    expect(await server?.stop()).toBe(0)
    expect(server?.stderr).not.toContain('postern:')
  })
})
