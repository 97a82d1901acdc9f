import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { CliFolder } from './cli-folder.js'
import { RunningServer } from './running-server.js'

let database: TestDatabase
let cli: CliFolder
let server: RunningServer | undefined

/** Installs a version of the plugin `broken` as a package manager would. */
async function install(source: string): Promise<void> {
  const folder = join(cli.path, 'node_modules', 'postern-plugin-broken')
  await mkdir(folder, { recursive: true })
  const manifest = { name: 'postern-plugin-broken', version: '1.0.0', type: 'module', main: 'index.js' }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  await writeFile(join(folder, 'index.js'), `import { definePlugin } from '@postern/core'\n${source}`)
}

const marker = (): string => join(cli.path, 'imported')
const good = `export default definePlugin({ name: 'broken', version: '1.0.0', setup() {} })`
const broken: Readonly<Record<string, () => string>> = {
  'at import': () => `
    import { writeFileSync } from 'node:fs'
    writeFileSync(${JSON.stringify(marker())}, '')
    throw new Error('kaputt')`,
  'in setup': () =>
    `export default definePlugin({ name: 'broken', version: '1.0.0', setup() { throw new Error('kaputt') } })`,
}

const listed = async () =>
  (await cli.run('plugin list --json')).json.plugins.find(({ name }: { name: string }) => name === 'broken')

beforeAll(async () => {
  database = await createDatabase({ started: true })
  cli = await CliFolder.make({ DATABASE_URL: database.url })
  await cli.plugin(
    'sound',
    `setup({ acl, resources }) {
       acl.grant('anonymous', 'sound', ['ask'])
       resources.define('sound', { ask: defineAction({ summary: 'Ask', reads: true, run: () => 'well' }) })
     }`,
  )
  await cli.run('plugin enable sound')
})
afterEach(() => server?.end())
afterAll(async () => {
  await cli?.remove()
  await database?.drop()
})

describe.each(Object.keys(broken))('a plugin that is on and throws %s', (place) => {
  it('is quarantined, the others serve, and it can be switched off without being loaded', async () => {
    await install(good)
    expect((await cli.run('plugin enable broken')).code).toBe(0)
    await install(broken[place]?.() ?? '')
    server = await RunningServer.start(cli)

    expect((await fetch(`${server.url}/api/sound:ask`)).status).toBe(200)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect(await (await fetch(`${server.url}/healthz`)).json()).toMatchObject({
      status: 'ok',
      plugins: [
        { name: 'broken', state: 'failed' },
        { name: 'sound', state: 'enabled' },
      ],
    })
    expect(server.stdout).toMatch(/broken: failed \(.*kaputt/)
    expect(await listed()).toMatchObject({ state: 'failed', error: expect.stringContaining('kaputt') })

    await rm(marker(), { force: true })
    const off = await cli.process('plugin disable broken --json')
    expect(off).toMatchObject({ code: 0, json: { plugin: 'broken', state: 'disabled', changed: true } })
    expect(existsSync(marker())).toBe(false)
    expect(await listed()).toMatchObject({ state: 'disabled', error: null })
    const health = await (await fetch(`${server.url}/healthz`)).json()
    expect(health).toMatchObject({ plugins: [{ name: 'sound', state: 'enabled' }] })
  })
})

describe('a plugin that is on and throws', () => {
  it('is left alone by start --safe, and works again once it is mended', async () => {
    await install(good)
    await cli.run('plugin enable broken')
    await install(broken['in setup']?.() ?? '')
    const safe = await RunningServer.start(cli, ['--safe'])
    expect(await (await fetch(`${safe.url}/healthz`)).json()).toMatchObject({ status: 'ok', plugins: [] })
    await safe.end()

    server = await RunningServer.start(cli)
    expect(await listed()).toMatchObject({ state: 'failed' })
    await server.end()

    await install(good)
    server = await RunningServer.start(cli)
    expect(await listed()).toMatchObject({ state: 'enabled', error: null })
  })

  it('is still listed, as failed, when its source is gone', async () => {
    await rm(join(cli.path, 'node_modules', 'postern-plugin-broken'), { recursive: true })
    expect(await listed()).toMatchObject({ state: 'failed', package: null, error: expect.any(String) })
    expect((await cli.run('plugin disable broken')).code).toBe(0)
    expect(await listed()).toBeUndefined()
  })
})
