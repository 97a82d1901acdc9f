import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import pg from 'pg'
import { eventually } from '../eventually.js'
import { CliFolder } from './cli-folder.js'
import { RunningServer } from './running-server.js'

let database: TestDatabase
let cli: CliFolder
let server: RunningServer | undefined

const importsFor = (step: string): string => `import { defineCollection, defineMigration } from '@postern/core'
const things = defineCollection('thingsOf_${step}', { title: f.string() })`

/** Each waits at one step, where it is killed, and says that it has come there. */
const waiting: Readonly<Record<string, string>> = {
  migration: `collections: [things], migrations: [defineMigration({ name: 'long', up: async ({ run }) => {
      console.error('is waiting')
      await run({ text: 'SELECT pg_sleep(30)', values: [] })
    } })], setup() {}`,
  setup: `collections: [things], async setup({ db }) {
      await db.repository(things).create({ title: 'x' })
      console.error('is waiting')
      await new Promise((resolve) => setTimeout(resolve, 30_000))
    }`,
}

beforeAll(async () => {
  database = await createDatabase({ started: true })
  cli = await CliFolder.make({ DATABASE_URL: database.url })
  for (const [step, definition] of Object.entries(waiting))
    await cli.plugin(`waits-in-${step}`, definition, importsFor(step))
  await cli.plugin('quick', 'setup() {}')
})
afterEach(() => server?.end())
afterAll(async () => {
  await cli?.remove()
  await database?.drop()
})

const stateOf = async (name: string): Promise<unknown> =>
  (await cli.run('plugin list --json')).json.plugins.find((plugin: { name: string }) => plugin.name === name).state

/** Everything of the plugin that is in the database. */
async function traces(step: string): Promise<unknown> {
  const client = new pg.Client(database.url)
  await client.connect()
  try {
    const { rows } = await client.query(
      `SELECT to_regclass('public."thingsOf_${step}"') AS "table",
              (SELECT count(*)::int FROM postern.migrations WHERE owner = $1) AS migrations,
              (SELECT count(*)::int FROM postern.plugins WHERE name = $1) AS decisions,
              (SELECT count(*)::int FROM postern.plugin_history WHERE plugin = $1) AS history`,
      [`waits-in-${step}`],
    )
    return rows[0]
  } finally {
    await client.end()
  }
}
const none = { table: null, migrations: 0, decisions: 0, history: 0 }

describe.each(Object.keys(waiting))('kill -9 in the middle of enabling, in its %s', (step) => {
  const name = `waits-in-${step}`

  it('leaves it off, and nothing of it, when a command is killed; the next toggle does not wait for the dead', async () => {
    const child = cli.spawn(['plugin', 'enable', name])
    let said = ''
    child.stderr.on('data', (chunk) => (said += String(chunk)))
    await eventually(() => said.includes('is waiting'), 10_000)
    child.kill('SIGKILL')
    expect(await cli.run('plugin enable quick --json')).toMatchObject({ code: 0, json: { changed: true } })
    expect(await cli.run('plugin disable quick --json')).toMatchObject({ code: 0, json: { changed: true } })
    expect(await stateOf(name)).toBe('disabled')
    expect(await traces(step)).toEqual(none)
  })

  it('leaves it off when the server is killed, and the next start works by itself', async () => {
    server = await RunningServer.start(cli)
    await cli.run('plugin enable quick')
    const headers = { authorization: `Bearer ${await signIn(server.url)}` }
    const lost = fetch(`${server.url}/api/plugins:enable/${name}`, { method: 'POST', headers }).catch(() => 'cut')
    await eventually(() => server?.stderr.includes('is waiting') === true, 10_000)
    server.signal('SIGKILL')
    expect(await lost).toBe('cut')

    server = await RunningServer.start(cli)
    expect(await (await fetch(`${server.url}/healthz`)).json()).toMatchObject({
      plugins: [{ name: 'quick', state: 'enabled' }],
    })
    expect(await stateOf(name)).toBe('disabled')
    expect(await traces(step)).toEqual(none)
    await server.stop()
    await cli.run('plugin disable quick')
  })
})

async function signIn(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/auth:signIn`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ account: 'root', password: 'the-password-of-root' }),
  })
  const { data }: { data: { token: string } } = JSON.parse(await answer.text())
  return data.token
}
