import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { openEmbedded } from '../../src/database/embedded.js'
import { isRunning, postmasterOf } from '../database/embedded-harness.js'
import { eventually } from '../eventually.js'
import { CliFolder } from './cli-folder.js'
import { RunningServer } from './running-server.js'

let cli: CliFolder
let server: RunningServer | undefined

const postgres = (): string => join(cli.path, 'storage', 'postgres')
const postmaster = (): number => postmasterOf(postgres())

beforeAll(async () => {
  cli = await CliFolder.make({ INIT_ROOT_PASSWORD: 'a long password', LOG_LEVEL: 'error' })
  await cli.link('plugin-api-keys')
  await cli.plugin(
    'slow',
    `setup({ acl, resources }) {
       acl.grant('anonymous', 'slow', ['wait'])
       resources.define('slow', { wait: defineAction({ summary: 'Wait', reads: true, run: () => new Promise(() => {}) }) })
     }`,
  )
}, 60_000)
afterEach(() => server?.end())
afterAll(() => cli?.remove())

/** Every command that needs no more than what those before it have made. */
const commands = (mark: string): readonly string[] => [
  'plugin list',
  'plugin enable api-keys',
  'plugin info api-keys',
  'plugin history',
  'plugin doctor',
  `user create ${mark}@example.com`,
  'user list',
  `user password ${mark}@example.com`,
  `role create ${mark}`,
  `role grant ${mark} users list`,
  `role assign ${mark}@example.com ${mark}`,
  'role list',
  `collection create ${mark}s title:string`,
  'collection list',
  `key create --user ${mark}@example.com --role ${mark} --name ${mark}`,
  'key list',
  'migrate status',
  'migrate up',
  'plugin disable api-keys',
]

/** Each is one JSON document with `--json`, and done. */
async function runAll(mark: string): Promise<void> {
  for (const command of commands(mark)) {
    const { code, json } = await cli.run(`${command} --json`)
    expect({ command, code, json: typeof json }).toEqual({ command, code: 0, json: 'object' })
  }
}

describe('without a server', () => {
  it('2 a word that is misspelt makes no database', async () => {
    const { code, stderr } = await cli.process('plugn list')
    expect({ code, stderr }).toEqual({ code: 2, stderr: "postern: unknown command 'plugn'\nDid you mean plugin?\n" })
    expect(existsSync(postgres())).toBe(false)
  })

  it('0 every command works, and leaves no server behind', async () => {
    await runAll('ann')
    expect(postmaster()).toBe(0)
  }, 60_000)

  it('0 two commands at once share one, and the last stops it', async () => {
    const outcomes = await Promise.all([cli.process('user list --json'), cli.process('plugin list --json')])
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0])
    expect(outcomes[0]?.json).toHaveProperty('users')
    expect(outcomes[1]?.json).toHaveProperty('plugins')
    expect(postmaster()).toBe(0)
  })

  it('3 a start on a taken port leaves nothing running', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { code, stderr } = await cli.process('start', { env: { APP_PORT: String(port) } })
    other.close()
    expect(code).toBe(3)
    expect(stderr).toContain(`postern: Port ${port} on 127.0.0.1 is taken\n`)
    expect(postmaster()).toBe(0)
  })
})

describe('beside a server', () => {
  it('0 every command works on the server’s own database, and leaves it running', async () => {
    server = await RunningServer.start(cli)
    const running = postmaster()
    await runAll('ben')
    expect(postmaster()).toBe(running)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect(await server.stop()).toBe(0)
    expect(isRunning(running)).toBe(false)
  }, 60_000)

  it('a command is in force at the next request, and what a killed server left is put in order by the next command', async () => {
    server = await RunningServer.start(cli)
    const { url } = server
    const ask = async () => (await fetch(`${url}/api/apiKeys:list`)).status
    expect(await ask()).toBe(404)
    await cli.process('plugin enable api-keys')
    expect(await ask()).toBe(401)
    await cli.process('plugin disable api-keys')
    expect(await ask()).toBe(404)
    server.signal('SIGKILL')
    await server.ended()
    expect(isRunning(postmaster())).toBe(true)
    expect((await cli.process('plugin list')).code).toBe(0)
    expect(postmaster()).toBe(0)
  }, 30_000)

  it('0 Ctrl-C in its terminal, which every process there gets, stops it and its database in order', async () => {
    server = await RunningServer.start(cli, [], {}, { detached: true })
    const running = postmaster()
    server.signalGroup('SIGINT')
    expect(await server.ended()).toBe(0)
    expect(isRunning(running)).toBe(false)
    expect(postmaster()).toBe(0)
  })
})

describe('what takes more than 10 s', () => {
  it('1 requests that do not end are cut; 4 a toggle beside a toggle is told that it is busy', async () => {
    await cli.run('plugin enable slow')
    server = await RunningServer.start(cli)
    const open = await openEmbedded({ directory: postgres() })
    const holder = new pg.Client(open.url)
    await holder.connect()
    await holder.query('SELECT pg_advisory_lock(7367002)')
    const busy = cli.run('plugin enable api-keys --json')

    const asked = fetch(`${server.url}/api/slow:wait`).then(
      () => 'answered',
      () => 'cut',
    )
    await eventually(async () => (await fetch(`${server?.url}/healthz`)).ok, 1000)
    const started = performance.now()
    expect(await server.stop()).toBe(1)
    expect(performance.now() - started).toBeLessThan(15_000)
    expect(await asked).toBe('cut')

    expect(await busy).toMatchObject({ code: 4, json: { error: { code: 'LOCK_BUSY' } } })
    await holder.end()
    await open.release()
    const { plugins } = (await cli.run('plugin list --json')).json
    expect(plugins).toContainEqual(expect.objectContaining({ name: 'api-keys', state: 'disabled', error: null }))
  }, 40_000)
})
