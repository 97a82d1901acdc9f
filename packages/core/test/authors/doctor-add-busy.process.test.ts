import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, createTestApp, type TestDatabase } from '@postern/testkit'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { runCommand, startNode } from '../nodes/node-process.js'
import { projectFolder, type ProjectFolder } from './project-folder.js'

const execFileAsync = promisify(execFile)
let project: ProjectFolder
let database: TestDatabase
const command = (...words: string[]) => runCommand(words, { databaseUrl: database.url, cwd: project.folder })

const manifest = (name: string): string =>
  JSON.stringify({ name: `postern-plugin-${name}`, version: '1.0.0', type: 'module', main: 'src/index.ts' })
const sources: Readonly<Record<string, string>> = {
  throws: `throw new Error('import boom')`,
  'no-default': `export const plugin = 1`,
  'wrong-shape': `export default { name: 'wrong-shape' }`,
  misnamed: `import { definePlugin } from '@postern/core'\nexport default definePlugin({ name: 'other', setup() {} })`,
  'syntax-error': `export default (`,
}

beforeAll(async () => {
  project = await projectFolder()
  database = await createDatabase({ started: true })
  for (const [name, source] of Object.entries(sources)) {
    await project.write(`plugins/${name}/package.json`, manifest(name))
    await project.write(`plugins/${name}/src/index.ts`, source)
  }
  await project.write('elsewhere/guest/package.json', manifest('guest'))
  await project.write(
    'elsewhere/guest/src/index.ts',
    `import { definePlugin } from '@postern/core'\nexport default definePlugin({ name: 'guest', version: '1.0.0', setup() {} })`,
  )
}, 60_000)
afterAll(async () => {
  await database?.drop()
  await project?.remove()
})

describe('plugin doctor', () => {
  it('finds what cannot be loaded and why, says what to do, and exits with 1', async () => {
    const { code, stdout } = await command('plugin', 'doctor', '--json')
    expect(code).toBe(1)
    const { findings } = JSON.parse(stdout) as { findings: { plugin: string; problem: string; advice: string }[] }
    const problemOf = (name: string) => findings.find(({ plugin }) => plugin === name)?.problem
    expect(problemOf('throws')).toContain('import boom')
    expect(problemOf('no-default')).toContain('default export')
    expect(problemOf('wrong-shape')).toContain('setup')
    expect(problemOf('misnamed')).toContain('"other"')
    expect(problemOf('syntax-error')).toContain('src/index.ts:1')
    expect(findings.every(({ advice }) => advice.length > 0)).toBe(true)
  }, 60_000)

  it.each([
    ['throws', 1],
    ['syntax-error', 1],
    ['wrong-shape', 3],
    ['not-there', 3],
  ])(
    'and enabling "%s" exits with %i, one line why on stderr',
    async (name, expected) => {
      const { code, stderr, stdout } = await command('plugin', 'enable', name)
      expect(code).toBe(expected)
      expect(stdout).toBe('')
      expect(stderr.split('\n')[0]).toMatch(/^postern: .*(plugin|Plugin) "/)
    },
    60_000,
  )
})

describe('plugin add', () => {
  it('links a folder from elsewhere, and the plugin can be enabled', async () => {
    expect((await command('plugin', 'add', './elsewhere/guest')).code).toBe(0)
    expect((await command('plugin', 'enable', 'guest')).code).toBe(0)
    expect((await command('plugin', 'add', './elsewhere/guest')).code).toBe(4)
    expect((await command('plugin', 'add', './elsewhere/nothing')).code).toBe(3)
  }, 60_000)
})

describe('plugin add with a package', () => {
  const packageOf = (name: string, extra: object = {}) =>
    JSON.stringify({ name, version: '1.2.3', type: 'module', main: 'src/index.ts', files: ['src'], ...extra })
  const source = (name: string) => `import { defineAction, defineCollection, definePlugin, f } from '@postern/core'
    const parcels = defineCollection('parcels', { title: f.string() })
    export default definePlugin({ name: '${name}', version: '1.2.3', collections: [parcels], setup({ acl, resources }) {
      acl.grant('anonymous', 'parcels', ['create', 'count'])
      return resources.define('parcels', { count: defineAction({
        summary: 'Count', reads: true, run: ({ db }) => db.repository(parcels).count() }) })
    } })`
  /** What `npm pack` makes of a plugin, as it would be published. */
  async function pack(name: string): Promise<string> {
    const folder = `elsewhere/${name.replace('/', '-')}`
    await project.write(`${folder}/package.json`, packageOf(name))
    await project.write(`${folder}/src/index.ts`, source('parcel'))
    const cwd = path.join(project.folder, folder)
    const { stdout } = await execFileAsync('npm', ['pack', '--pack-destination', project.folder], { cwd })
    return stdout.trim().split('\n').at(-1) ?? ''
  }

  it('installs a packed one, which is found, enabled and used, and keeps its data when it is removed', async () => {
    const archive = await pack('postern-plugin-parcel')
    const added = await command('plugin', 'add', `./${archive}`, '--json')
    expect({ ...added, stdout: JSON.parse(added.stdout) }).toMatchObject({ code: 0, stdout: { plugin: 'parcel' } })
    const before = JSON.parse((await command('plugin', 'list', '--json')).stdout) as { plugins: { name: string }[] }
    expect(before.plugins.find(({ name }) => name === 'parcel')).toEqual({
      name: 'parcel',
      version: '1.2.3',
      state: 'disabled',
      package: 'postern-plugin-parcel',
      requires: [],
      error: null,
    })
    expect((await command('plugin', 'enable', 'parcel')).code).toBe(0)
    const server = await startNode({ databaseUrl: database.url, cwd: project.folder })
    try {
      const count = async () =>
        ((await (await fetch(`${server.url}/api/parcels:count`)).json()) as { data: number }).data
      const headers = { 'content-type': 'application/json' }
      await fetch(`${server.url}/api/parcels:create`, { method: 'POST', headers, body: '{"title":"x"}' })
      expect(await count()).toBe(1)
      expect((await command('plugin', 'remove', 'parcel')).code).toBe(0)
      expect(await server.status('parcels:count')).toBe(404)
      // Installing again what is there already is no mistake, wherever it is called from.
      expect((await command('plugin', 'add', archive)).code).toBe(0)
      expect((await command('plugin', 'enable', 'parcel')).code).toBe(0)
      expect(await count()).toBe(1)
    } finally {
      await server.stop()
    }
  }, 120_000)

  it('3 for one whose name does not say that it is a plugin, with what to do', async () => {
    const { code, stderr } = await command('plugin', 'add', `./${await pack('parcel-service')}`)
    expect(code).toBe(3)
    expect(stderr).toMatch(/^postern: parcel-service is installed, but/m)
    expect(stderr).toContain('PLUGIN_FOLDERS')
  }, 120_000)

  it('1 for one that cannot be installed, with the word of the package manager', async () => {
    await project.write('broken.tgz', 'no archive')
    const { code, stderr, stdout } = await command('plugin', 'add', './broken.tgz')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^postern: .*broken\.tgz could not be installed \(exit code \d+\)$/m)
  }, 120_000)
})

describe('a command while another is at work', () => {
  it('waits, and says that it is busy with exit 4 after 10 seconds', async () => {
    const app = await createTestApp({ database })
    const { code, stderr } = await app.application.connection.transaction(async ({ run }) => {
      await run({ text: 'SELECT pg_advisory_xact_lock(7367002)', values: [] })
      return command('plugin', 'disable', 'guest')
    })
    await app.close()
    expect(code).toBe(4)
    expect(stderr).toContain('Another command is at work')
    expect((await command('plugin', 'disable', 'guest')).code).toBe(0)
  }, 60_000)
})
