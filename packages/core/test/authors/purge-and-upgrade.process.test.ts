import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { runCommand, startNode } from '../nodes/node-process.js'
import { projectFolder, type ProjectFolder } from './project-folder.js'

const manifest = (version: string): string =>
  JSON.stringify({ name: 'postern-plugin-diary', version, type: 'module', main: 'src/index.ts' })
const plugin = (version: string, extra = ''): string => `
import { defineCollection, defineMigration, definePlugin, f } from '@postern/core'
export const entries = defineCollection('diaryEntries', { title: f.string() })
export default definePlugin({
  name: 'diary', version: '${version}', collections: [entries],
  install: async ({ db }) => { await db.repository(entries).create({ title: 'first' }) },
  uninstall: async ({ db }) => { await db.sql\`INSERT INTO roles (name, "createdAt", "updatedAt") VALUES ('uninstalled', now(), now())\` },
  ${extra}
  setup({ acl }) { acl.grant('anonymous', 'diaryEntries', ['list', 'create']) },
})
`
const upgrade = `migrations: [defineMigration({ name: 'shout', up: async ({ run }) => { await run({ text: 'UPDATE "diaryEntries" SET title = upper(title)', values: [] }) } })],`

let project: ProjectFolder
let database: TestDatabase
const command = (...words: string[]) => runCommand(words, { databaseUrl: database.url, cwd: project.folder })
const json = async (...words: string[]): Promise<unknown> => JSON.parse((await command(...words, '--json')).stdout)

beforeAll(async () => {
  project = await projectFolder()
  database = await createDatabase()
  await project.write('plugins/diary/package.json', manifest('1.0.0'))
  await project.write('plugins/diary/src/index.ts', plugin('1.0.0'))
}, 60_000)
afterAll(async () => {
  await database?.drop()
  await project?.remove()
})

/** The titles that a server that starts now shows. */
async function titles(): Promise<string[]> {
  const server = await startNode({ databaseUrl: database.url, cwd: project.folder })
  try {
    const body = (await (await fetch(`${server.url}/api/diaryEntries:list`)).json()) as { data: { title: string }[] }
    return body.data.map(({ title }) => title)
  } finally {
    await server.stop()
  }
}

describe('a plugin with data', () => {
  it('installs once, also when it is switched off and on again', async () => {
    expect((await command('plugin', 'enable', 'diary')).code).toBe(0)
    expect((await command('plugin', 'disable', 'diary')).code).toBe(0)
    expect((await command('plugin', 'enable', 'diary')).code).toBe(0)
    expect(await titles()).toEqual(['first'])
  }, 60_000)

  it('catches up with the migrations of a new version when it is enabled again', async () => {
    expect((await command('plugin', 'disable', 'diary')).code).toBe(0)
    await project.write('plugins/diary/package.json', manifest('1.1.0'))
    await project.write('plugins/diary/src/index.ts', plugin('1.1.0', upgrade))
    expect((await command('plugin', 'enable', 'diary')).code).toBe(0)
    expect(await titles()).toEqual(['FIRST'])
    expect(await json('migrate', 'status')).toMatchObject({
      migrations: expect.arrayContaining([{ plugin: 'diary', name: 'shout', state: 'done' }]),
    })
  }, 60_000)

  it('keeps its tables when it is removed, and asks before it drops them', async () => {
    expect((await command('plugin', 'remove', 'diary')).code).toBe(0)
    expect((await command('plugin', 'enable', 'diary')).code).toBe(0)
    expect(await titles()).toEqual(['FIRST'])
    const refused = await command('plugin', 'remove', 'diary', '--purge')
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('diaryEntries (1 row)')
    expect(await titles()).toEqual(['FIRST'])
  }, 60_000)

  it('is gone with its tables when that is confirmed, after running uninstall, and starts anew', async () => {
    expect((await command('plugin', 'remove', 'diary', '--purge', '--yes')).code).toBe(0)
    const { roles } = (await json('role', 'list')) as { roles: { name: string }[] }
    expect(roles.map(({ name }) => name)).toContain('uninstalled')
    expect((await command('plugin', 'enable', 'diary')).code).toBe(0)
    // On a new table the migration finds nothing to change; then install runs.
    expect(await titles()).toEqual(['first'])
  }, 60_000)
})
