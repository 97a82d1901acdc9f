import { request } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { CliFolder } from './cli-folder.js'
import { RunningServer } from './running-server.js'

let database: TestDatabase
let cli: CliFolder
const servers: RunningServer[] = []

async function start(...words: string[]): Promise<RunningServer> {
  const server = await RunningServer.start(cli, words)
  servers.push(server)
  return server
}

beforeAll(async () => {
  database = await createDatabase()
  cli = await CliFolder.make({ DATABASE_URL: database.url })
  await cli.plugin(
    'slow',
    `setup({ acl, resources }) {
       acl.grant('anonymous', 'slow', ['wait'])
       const wait = ({ params }) => new Promise((resolve) => setTimeout(() => resolve('done'), Number(params.ms)))
       resources.define('slow', { wait: { summary: 'Wait', reads: true, run: async (call) => { await wait(call); return { waited: true } } } })
     }`,
  )
  await cli.plugin('timer', `setup() { setInterval(() => { throw new Error('tick') }, 50) }`)
})
afterEach(() => Promise.all(servers.splice(0).map((server) => server.end())))
afterAll(async () => {
  await cli?.remove()
  await database?.drop()
})

async function signIn(url: string, account: string, password: string): Promise<number> {
  const response = await fetch(`${url}/api/auth:signIn`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ account, password }),
  })
  return response.status
}

describe('0 start', () => {
  it('tells what to do next; the password of the first user is shown once', async () => {
    const server = await start()
    expect(server.stdout).toContain(`API     ${server.url}/api\n`)
    expect(server.stdout).toContain(`${server.url}/healthz`)
    expect(server.stdout).toContain('npx postern plugin list\n')
    expect(server.stdout).toMatch(/^ {2}slow: disabled$/m)
    const password = /shown this once: (\w+)/.exec(server.stdout)?.[1] ?? ''
    expect(await signIn(server.url, 'root@localhost', password)).toBe(200)
    expect(await server.stop()).toBe(0)
    expect((await start()).stdout).not.toContain('shown this once')
  })

  it('is with --json one document on stdout, when it is up', async () => {
    const server = await start('--json')
    const told = JSON.parse(server.stdout)
    expect(told).toEqual({
      url: server.url,
      api: `${server.url}/api`,
      health: `${server.url}/healthz`,
      firstRun: null,
      safe: false,
      plugins: [
        { name: 'slow', state: 'disabled', error: null },
        { name: 'timer', state: 'disabled', error: null },
      ],
    })
    expect((await fetch(told.health)).status).toBe(200)
    expect(await server.stop()).toBe(0)
    expect(JSON.parse(server.stdout)).toEqual(told)
  })

  it('takes over what commands beside it do, at once', async () => {
    const server = await start()
    const slow = (): Promise<number> => fetch(`${server.url}/api/slow:wait?ms=0`).then(({ status }) => status)
    expect(await slow()).toBe(404)
    expect((await cli.process('plugin enable slow --json')).json).toMatchObject({
      changed: true,
      nodes: [{ state: 'enabled', error: null }],
    })
    expect(await slow()).toBe(200)
    const { json } = await cli.process('user create eve@example.com --json')
    expect(await signIn(server.url, 'eve@example.com', json.password)).toBe(200)
    expect((await cli.process('plugin disable slow')).stdout).toBe('slow is disabled on 1 of 1 running node.\n')
    expect(await slow()).toBe(404)
  })

  it('serves on when a timer of a plugin throws, and the log names the plugin', async () => {
    await cli.process('plugin enable timer')
    const server = await start()
    await server.until(() => server.stdout.includes('"plugin":"timer"'))
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    expect(await server.stop()).toBe(0)
    expect((await cli.process('plugin disable timer')).code).toBe(0)
  })

  it('switches no plugin on with --safe', async () => {
    await cli.process('plugin enable slow')
    const server = await start('--safe')
    expect(server.stdout).toContain('None is switched on, because of --safe.')
    expect((await fetch(`${server.url}/api/slow:wait?ms=0`)).status).toBe(404)
  })
})

describe('when it is to stop', () => {
  /** Sends a request that is being worked on when this resolves. */
  async function busy(server: RunningServer, milliseconds: number): Promise<{ readonly status: Promise<unknown> }> {
    const sent = request(`${server.url}/api/slow:wait?ms=${milliseconds}`)
    const status = new Promise((resolve) => {
      sent.on('response', (response) => resolve(response.resume().statusCode))
      sent.on('error', () => resolve('cut'))
    })
    sent.end()
    await new Promise((resolve) => setTimeout(resolve, 150))
    return { status }
  }

  it('0 after what runs has finished', async () => {
    await cli.process('plugin enable slow')
    const server = await start()
    const { status } = await busy(server, 700)
    expect(await server.stop()).toBe(0)
    expect(await status).toBe(200)
  })

  it('130 at once when Ctrl-C is pressed again', async () => {
    await cli.process('plugin enable slow')
    const server = await start()
    const { status } = await busy(server, 20_000)
    server.signal('SIGINT')
    await server.until(() => server.stderr.includes('Finishing what runs'))
    server.signal('SIGINT')
    expect(await server.ended()).toBe(130)
    expect(await status).toBe('cut')
  })
})
