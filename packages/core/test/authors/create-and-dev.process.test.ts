import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { eventually, runCommand, startNode, type NodeProcess } from '../nodes/node-process.js'
import { projectFolder, type ProjectFolder } from './project-folder.js'

let project: ProjectFolder
let database: TestDatabase
let server: NodeProcess

const command = (...words: string[]) => runCommand(words, { databaseUrl: database.url, cwd: project.folder })
const source = () => path.join('plugins', 'hello', 'src', 'index.ts')
const read = () => readFile(path.join(project.folder, source()), 'utf8')

async function greeting(query = ''): Promise<{ status: number; message?: string }> {
  const answer = await fetch(`${server.url}/api/hello:greet${query}`)
  const body = (await answer.json()) as { data?: { message: string } }
  return { status: answer.status, ...(body.data === undefined ? {} : { message: body.data.message }) }
}

beforeAll(async () => {
  project = await projectFolder()
  database = await createDatabase()
  server = await startNode({ databaseUrl: database.url, cwd: project.folder, command: 'dev' })
}, 60_000)

afterAll(async () => {
  await server?.stop()
  await database?.drop()
  await project?.remove()
}, 60_000)

describe('plugin create', () => {
  it('writes a plugin that can be enabled and called at once, in the server that runs already', async () => {
    const created = await command('plugin', 'create', 'hello', '--json')
    expect(created.code).toBe(0)
    expect((JSON.parse(created.stdout) as { files: string[] }).files).toEqual([
      'plugins/hello/package.json',
      'plugins/hello/tsconfig.json',
      'plugins/hello/README.md',
      'plugins/hello/src/index.ts',
      'plugins/hello/test/hello.test.ts',
    ])
    expect((await command('plugin', 'enable', 'hello')).code).toBe(0)
    expect(await greeting('?name=Ann')).toEqual({ status: 200, message: 'Hello, Ann!' })
  }, 60_000)

  it('refuses a name that is taken with 4, and one that is no name with 2', async () => {
    expect((await command('plugin', 'create', 'hello')).code).toBe(4)
    expect((await command('plugin', 'create', 'Hello World')).code).toBe(2)
    expect((await command('plugin', 'create', '../evil')).code).toBe(2)
  }, 60_000)
})

describe('postern dev', () => {
  it('runs new code as soon as it is saved', async () => {
    await project.write(source(), (await read()).replace('Hello, ', 'Good day, '))
    await eventually(async () => (await greeting()).message === 'Good day, world!')
  }, 60_000)

  it('keeps the last good version after a syntax error, and shows where it is', async () => {
    const good = await read()
    await project.write(source(), `${good}\nconst broken = (\n`)
    await eventually(async () => Promise.resolve(server.output().includes('src/index.ts:')))
    expect(await greeting()).toEqual({ status: 200, message: 'Good day, world!' })
    await project.write(source(), good.replace('Good day, ', 'Good night, '))
    await eventually(async () => (await greeting()).message === 'Good night, world!')
  }, 60_000)

  it('keeps the last good version when the new one throws in setup', async () => {
    const good = await read()
    await project.write(source(), good.replace('acl.grant(', `throw new Error('setup boom')\n    acl.grant(`))
    await eventually(async () => Promise.resolve(server.output().includes('setup boom')))
    // As its author knows the file, not as it was compiled.
    await eventually(async () => Promise.resolve(/plugins\/hello\/src\/index\.ts:\d+/.test(server.output())))
    expect(server.output()).not.toContain('.postern/src')
    await eventually(async () => (await greeting()).message === 'Good night, world!')
    await project.write(source(), good)
  }, 60_000)
})

describe('plugin remove', () => {
  it('switches off and forgets; the source stays, and is listed as disabled', async () => {
    expect((await command('plugin', 'remove', 'hello')).code).toBe(0)
    expect((await greeting()).status).toBe(404)
    expect(await read()).toContain('Good night')
    const listed = JSON.parse((await command('plugin', 'list', '--json')).stdout) as {
      plugins: { name: string; state: string }[]
    }
    expect(listed.plugins.find(({ name }) => name === 'hello')).toMatchObject({ state: 'disabled' })
  }, 60_000)
})
