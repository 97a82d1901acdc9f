import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { CliFolder } from './cli-folder.js'
import { RunningServer } from './running-server.js'

let database: TestDatabase
let cli: CliFolder
let server: RunningServer | undefined

/** In a folder whose name says nothing of a plugin; only the settings know of it. */
async function writeElsewhere(): Promise<void> {
  const folder = join(cli.path, 'elsewhere')
  await mkdir(folder)
  const manifest = { name: 'plugin-stray', version: '1.0.0', type: 'module', main: 'index.js' }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const source = `import { definePlugin } from '@postern/core'
    export default definePlugin({ name: 'stray', version: '1.0.0', setup({ events, jobs }) {
      events.after('roles:create', () => { throw new Error('in a listener') })
      events.after('roles:create', () => { setTimeout(() => { throw new Error('in a timer') }, 10) })
      events.after('roles:create', () => { void Promise.reject(new Error('in a promise')) })
      jobs.every('1s', () => { throw new Error('in a job') })
    } })`
  await writeFile(join(folder, 'index.js'), source)
}

beforeAll(async () => {
  database = await createDatabase({ started: true })
  cli = await CliFolder.make({ DATABASE_URL: database.url, PLUGIN_FOLDERS: 'elsewhere' })
  await writeElsewhere()
  await cli.run('plugin enable stray')
})
afterEach(() => server?.end())
afterAll(async () => {
  await cli?.remove()
  await database?.drop()
})

describe('a throw in a plugin that nobody waits for', () => {
  it('is logged with the name of the plugin, and the process serves on', async () => {
    server = await RunningServer.start(cli)
    const sign = await fetch(`${server.url}/api/auth:signIn`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ account: 'root', password: 'the-password-of-root' }),
    })
    const { data }: { data: { token: string } } = JSON.parse(await sign.text())
    const made = await fetch(`${server.url}/api/roles:create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${data.token}` },
      body: JSON.stringify({ name: 'editor' }),
    })
    expect(made.status).toBe(200)
    const wanted = ['in a listener', 'in a timer', 'in a promise', 'in a job']
    await server.until(() => wanted.every((text) => server?.stdout.includes(text)))
    const lines = server.stdout.split('\n').filter((line) => line.startsWith('{'))
    for (const text of wanted) {
      const line: unknown = JSON.parse(lines.find((candidate) => candidate.includes(text)) ?? '{}')
      expect(line).toMatchObject({ level: 50, plugin: 'stray' })
    }
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect(await server.stop()).toBe(0)
  })
})
