import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { post, runCommand, signInRoot, startNode, type NodeProcess } from '../nodes/node-process.js'
import { projectFolder, type ProjectFolder } from './project-folder.js'

let project: ProjectFolder
/** The folder of a node on another machine, where nobody has installed the new version yet. */
let behind: ProjectFolder
let database: TestDatabase
let server: NodeProcess
let root: string

/** In a file of its own, so that a module that was read before is of no use. */
const versionFile = (version: number): string => `export const version = ${version}\n`

async function write(folder: ProjectFolder, kind: 'ts' | 'js', version: number): Promise<void> {
  const main = kind === 'ts' ? 'src/index.ts' : 'src/index.js'
  const manifest = { name: `postern-plugin-in-${kind}`, version: `${version}.0.0`, type: 'module', main }
  await folder.write(`plugins/${kind}/package.json`, JSON.stringify(manifest))
  await folder.write(`plugins/${kind}/src/version.${kind}`, versionFile(version))
  await folder.write(
    `plugins/${kind}/${main}`,
    `import { defineAction, defineCollection, definePlugin, f } from '@postern/core'
     import { version } from './version.js'
     const things = defineCollection('${kind}Things', { title: f.string(), ['since' + version]: f.string().maybe() })
     export default definePlugin({ name: 'in-${kind}', version: version + '.0.0', collections: [things],
       setup({ acl, resources }) {
         acl.grant('anonymous', '${kind}Things', ['version', 'list'])
         return resources.define('${kind}Things', {
           version: defineAction({ summary: 'Version', reads: true, run: () => version }) })
       } })`,
  )
}

const served = async (node: NodeProcess, kind: 'ts' | 'js'): Promise<unknown> => {
  const body: unknown = await (await fetch(`${node.url}/api/${kind}Things:version`)).json()
  return (body as { data: unknown }).data
}
const command = async (...words: string[]) => {
  const { code, stdout, stderr } = await runCommand([...words, '--json'], {
    databaseUrl: database.url,
    cwd: project.folder,
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as { changed: boolean; plugins: { name: string; version: string }[] }
}

beforeAll(async () => {
  project = await projectFolder()
  behind = await projectFolder()
  database = await createDatabase()
  for (const folder of [project, behind]) for (const kind of ['ts', 'js'] as const) await write(folder, kind, 1)
  server = await startNode({ databaseUrl: database.url, cwd: project.folder })
  root = await signInRoot(server.url)
  for (const kind of ['ts', 'js']) await post(server.url, `plugins:enable/in-${kind}`, root, {})
}, 60_000)
afterAll(async () => {
  await server?.stop()
  await database?.drop()
  await project?.remove()
  await behind?.remove()
}, 60_000)

describe.each(['ts', 'js'] as const)('a new version of a plugin in %s that is on in a running server', (kind) => {
  it('is taken over when it is enabled again over HTTP; once', async () => {
    expect(await served(server, kind)).toBe(1)
    await write(project, kind, 2)
    const first = await post(server.url, `plugins:enable/in-${kind}`, root, {})
    expect(first.data).toMatchObject({ state: 'enabled', changed: true })
    expect(await served(server, kind)).toBe(2)
    expect((await post(server.url, `plugins:enable/in-${kind}`, root, {})).data).toMatchObject({ changed: false })
  }, 60_000)

  it('is taken over when a command has enabled it again', async () => {
    await write(project, kind, 3)
    await command('plugin', 'enable', `in-${kind}`)
    expect(await served(server, kind)).toBe(3)
    const { plugins } = await command('plugin', 'list')
    expect(plugins.find(({ name }) => name === `in-${kind}`)).toMatchObject({ version: '3.0.0' })
    const list = await fetch(`${server.url}/api/${kind}Things:list`)
    expect(list.status).toBe(200)
  }, 60_000)
})

describe('a node on whose disk the old version still lies', () => {
  it('serves it, and takes nothing back from the others', async () => {
    const old = await startNode({ databaseUrl: database.url, cwd: behind.folder })
    try {
      expect([await served(old, 'ts'), await served(old, 'js')]).toEqual([1, 1])
      expect(old.output()).toContain('older than its tables')
      expect([await served(server, 'ts'), await served(server, 'js')]).toEqual([3, 3])
      const { rows } = await rowsOf(`SELECT version FROM postern.plugins WHERE name LIKE 'in-%'`)
      expect(rows).toEqual([{ version: '3.0.0' }, { version: '3.0.0' }])
    } finally {
      await old.stop()
    }
  }, 60_000)
})

async function rowsOf(text: string) {
  const { Client } = (await import('pg')).default
  const client = new Client(database.url)
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}
