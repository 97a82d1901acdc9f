// A server, its document, the types, the compiler, and the run: what the README says, in `npm test`.
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import apiDoc from '@postern/plugin-api-doc'
import apiKeys from '@postern/plugin-api-keys'
import { createTestApp, type TestApp } from '@postern/testkit'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('../../', import.meta.url))
const bin = (name: string): string => join(repository, 'node_modules', '.bin', name)

let app: TestApp
let folder: string
let key: string

beforeAll(async () => {
  app = await createTestApp({ plugins: [apiKeys, apiDoc] })
  await app.collection('todos', { title: { type: 'string', required: true }, completed: 'boolean' })
  await app.grant('To Dos API Role', 'todos', ['*'])
  const { token } = await app.user('ann', { roles: ['To Dos API Role'] })
  const body = { name: 'tutorial', role: 'To Dos API Role' }
  key = (await app.request('POST', '/api/apiKeys:create', { token, body })).body.data.token
  folder = await realpath(await mkdtemp(join(tmpdir(), 'postern-typed-client-')))
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await copyFile(fileURLToPath(new URL('tutorial.ts', import.meta.url)), join(folder, 'tutorial.ts'))
})
afterAll(async () => {
  await app?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

it('compiles against the document and runs the tutorial', async () => {
  const { text } = await app.request('GET', '/api/openapi.json', { token: key })
  await writeFile(join(folder, 'openapi.json'), text)
  await run(bin('openapi-typescript'), ['openapi.json', '-o', 'api.d.ts'], { cwd: folder })
  const options = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--skipLibCheck', '--types', 'node']
  const compiled = await run(bin('tsc'), [...options, 'tutorial.ts'], { cwd: folder }).catch((error: unknown) => error)
  expect(compiled).toMatchObject({ stdout: '' })
  const { stdout } = await run(process.execPath, ['tutorial.js', app.url, key], { cwd: folder })
  expect(stdout.trim().split('\n')).toEqual([
    '1. [x] eat food',
    '2. [ ] sleep',
    '3. [ ] play games',
    '2 of 3 are open',
    'UNKNOWN_FIELD titel, INVALID_VALUE title',
  ])
}, 120_000)
