import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, createTestApp, type TestDatabase } from '@postern/testkit'
import { runCommand } from '../nodes/node-process.js'
import { projectFolder, type ProjectFolder } from './project-folder.js'

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
