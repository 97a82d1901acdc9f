// The commands as a person types them: processes of their own, beside a server that is one, and without it.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createDatabase, type ReceivedJson, type TestDatabase } from '@postern/testkit'
import { CliFolder } from '../../core/test/cli/cli-folder.js'
import { RunningServer } from '../../core/test/cli/running-server.js'

let database: TestDatabase
let cli: CliFolder
let server: RunningServer
let key: string

const postern = async (...words: string[]) => {
  const { code, stdout, stderr } = await cli.process(words)
  return { code, stdout, stderr }
}

beforeAll(async () => {
  database = await createDatabase({ started: true })
  cli = await CliFolder.make({ DATABASE_URL: database.url, LIMIT_FAILED_CREDENTIALS: '0' })
  for (const name of ['api-doc', 'api-keys', 'space-tokens']) {
    await cli.link(`plugin-${name}`)
    await cli.run(`plugin enable ${name}`)
  }
  await cli.plugin(
    'liar',
    `setup({ resources, openapi }) {
       resources.define('liar', {
         speak: defineAction({ summary: 'Speak', reads: true, output: z.string(), run: () => 'yes' }),
       })
       openapi.extend((document) =>
         JSON.parse(JSON.stringify(document).replace('"data":{"type":"string"}', '"data":{"type":"integer"}')))
     }`,
    `import { z } from '${import.meta.resolve('zod')}'`,
  )
  server = await RunningServer.start(cli)
  await cli.run(['collection', 'create', 'todos', 'title:string!', 'completed:boolean'])
  await cli.run(['user', 'create', 'ann@example.com', '--role', 'root'])
  const made = await cli.run('key create --user ann@example.com --role root --name verify --quiet')
  key = made.stdout.trim()
}, 120_000)
afterAll(async () => {
  await server?.end()
  await cli?.remove()
  await database?.drop()
})

it('verify is 0 where every answer is as the document says, and leaves nothing behind', async () => {
  const verify = await postern('openapi', 'verify', '--base', server.url, '--key', key, '--write')
  expect(verify).toMatchObject({ code: 0, stderr: '' })
  expect(verify.stdout).toMatch(/^\d+ calls, and each answer is as the document says\.$/m)
  const headers = { authorization: `Bearer ${key}` }
  for (const path of ['todos:list', 'spaces:list', 'users:list?filter={"email":{"$ne":"ann@example.com"}}']) {
    const answer: ReceivedJson = await (await fetch(`${server.url}/api/${path}`, { headers })).json()
    const names = answer.data.map(({ title, name, username }: ReceivedJson) => title ?? name ?? username)
    expect({ path, names: names.filter((name: string) => name !== 'root') }).toEqual({ path, names: [] })
  }
}, 60_000)

it('verify is 3 for a key that is not taken, and where there is no server', async () => {
  const bad = await postern('openapi', 'verify', '--base', server.url, '--key', 'not-a-key')
  expect(bad).toMatchObject({ code: 3, stdout: '' })
  expect(bad.stderr).toContain('does not take the key')
  expect((await postern('openapi', 'verify', '--base', 'http://127.0.0.1:1', '--key', key)).code).toBe(3)
}, 60_000)

it('verify is 1 where an answer is not as the document says, and names it', async () => {
  await cli.run('plugin enable liar')
  const wrong = await postern('openapi', 'verify', '--base', server.url, '--key', key)
  expect(wrong.code).toBe(1)
  expect(wrong.stderr).toContain('GET /api/liar:speak')
  await cli.run('plugin disable liar')
}, 60_000)

it('verify is 2 for what is not written as it has to be', async () => {
  expect((await postern('openapi', 'verify', '--base', server.url)).code).toBe(2)
  const other = await postern('openapi', 'verify', '--base', server.url, '--key', key, '--send', 'X-Space')
  expect(other.code).toBe(2)
}, 60_000)

it('print and validate work without the server too, and print the same', async () => {
  const asRunning = await postern('openapi', 'print', '--ns', 'collections/todos')
  const served = await fetch(`${server.url}/api/swagger:get?ns=collections/todos`, {
    headers: { authorization: `Bearer ${key}` },
  })
  expect(Object.keys(JSON.parse(asRunning.stdout).paths)).toEqual(Object.keys(Object(await served.json()).paths))
  await server.stop()
  expect(await postern('openapi', 'print', '--ns', 'collections/todos')).toEqual(asRunning)
  expect(await postern('openapi', 'validate')).toMatchObject({ code: 0, stdout: 'The document is valid.\n' })
  expect((await postern('openapi', 'print', '--ns', 'nothing')).code).toBe(3)
  expect((await postern('openapi', 'print', '--role', 'nobody')).code).toBe(3)
}, 60_000)
