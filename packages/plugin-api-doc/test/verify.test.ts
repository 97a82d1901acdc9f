import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  createApp,
  defineAction,
  definePlugin,
  silentLogger,
  type Application,
  type CommandResult,
  type Plugin,
} from '@postern/core'
import apiKeys from '@postern/plugin-api-keys'
import spaceTokens from '@postern/plugin-space-tokens'
import type { ReceivedJson, TestApp } from '@postern/testkit'
import { z } from 'zod'
import apiDoc from '../src/index.js'
import { documentFaults } from '../src/verify/document-faults.js'
import { createDocApp, documentOf, rootSession, sessionOf } from './doc-app.js'

/** Says of itself what is not so. */
const liar: Plugin = definePlugin({
  name: 'liar',
  setup: ({ resources, openapi }) => {
    resources.define('liar', {
      speak: defineAction({ summary: 'Speak', reads: true, output: z.string(), run: () => 'yes' }),
    })
    openapi.extend((document) =>
      JSON.parse(JSON.stringify(document).replace('"data":{"type":"string"}', '"data":{"type":"integer"}')),
    )
  },
})

let app: TestApp
let root: string
/** What `postern openapi …` opens beside a running server. */
let command: Application

beforeAll(async () => {
  app = await createDocApp({ plugins: [spaceTokens], availablePlugins: [liar] })
  root = await rootSession(app)
  await app.as('root').call('todos', 'create', { title: 'eat food' })
  const fields = [{ name: 'title', type: 'string', required: true }]
  await app.application.call('collections', 'create', { body: { name: 'tasks', spaced: true, fields } })
  command = await createApp({
    config: app.application.config,
    mode: 'command',
    plugins: [spaceTokens, apiKeys, apiDoc],
    log: silentLogger,
    clock: app.clock,
  })
})
afterAll(async () => {
  await command?.stop()
  await app?.close()
})

async function run(name: string, options: Record<string, unknown> = {}): Promise<CommandResult> {
  const spec = command.commands.get(name)
  if (!spec) throw new Error(`There is no command "${name}"`)
  return spec.run({ arguments: [], options })
}
const verify = async (options: Record<string, unknown>): Promise<ReceivedJson> => {
  const { json, text } = await run('openapi verify', { base: app.url, ...options })
  return { ...Object(json), text }
}
const idsOf = (outcomes: ReceivedJson): string[] => outcomes.map(({ operation }: ReceivedJson) => operation)

describe('openapi print', () => {
  it('prints what the server answers', async () => {
    const { json, text } = await run('openapi print')
    const { paths, components } = await documentOf(app, root)
    expect(json).toMatchObject({ paths })
    expect(JSON.parse(text)).toEqual(json)
    expect(json).toMatchObject({ components: { securitySchemes: components.securitySchemes } })
  })

  it('prints a part, as a role reads it', async () => {
    const { json }: { readonly json: ReceivedJson } = await run('openapi print', {
      ns: 'collections/todos',
      role: 'reader',
    })
    expect(Object.keys(json.paths)).toEqual(['/todos:get', '/todos:list'])
  })

  it.each([{ ns: 'nothing' }, { role: 'nobody' }])('refuses %j', async (options) => {
    await expect(run('openapi print', options)).rejects.toMatchObject({ status: 404 })
  })
})

describe('openapi validate', () => {
  it('finds nothing wrong', async () => {
    expect((await run('openapi validate')).json).toEqual({ valid: true })
    expect((await run('openapi validate', { role: 'reader' })).json).toEqual({ valid: true })
  })

  it.each<[string, (document: ReceivedJson) => void, RegExp]>([
    ['another version', (document) => (document.openapi = '3.0.0'), /3\.0\.0/],
    ['no title', (document) => delete document.info.title, /title/],
    [
      'a reference that leads nowhere',
      (document) => delete document.components.schemas.todos,
      /schemas\/todos leads nowhere/,
    ],
    ['the same id twice', (document) => (document.paths['/todos:get'].get.operationId = 'todos_list'), /todos_list/],
    [
      'a path that is not described',
      (document) => (document.paths['/users/{sourceId}/roles:add'].post.parameters = []),
      /\{sourceId\}/,
    ],
    ['no success', (document) => delete document.paths['/todos:get'].get.responses['200'], /todos_get has no success/],
    [
      'a wrong example',
      (document) =>
        (document.paths['/todos:create'].post.requestBody.content['application/json'].example = { title: 1 }),
      /todos_create: its example is wrong/,
    ],
  ])('finds %s', async (_what, spoil, fault) => {
    const document = structuredClone(await documentOf(app, root))
    spoil(document)
    expect(documentFaults(document).join('\n')).toMatch(fault)
  })
})

describe('openapi verify', () => {
  it('calls everything that reads, and finds each answer as the document says', async () => {
    const { called, leftOut, text } = await verify({ key: root })
    const { paths } = await documentOf(app, root)
    // What reads is called with each of its methods.
    const reading = Object.values<ReceivedJson>(paths).flatMap((methods) =>
      methods.get ? Object.values<ReceivedJson>(methods).map(({ operationId }) => operationId) : [],
    )
    expect(idsOf(called).sort()).toEqual(reading.sort())
    expect(leftOut).toEqual([])
    expect(text).toContain(`${reading.length} calls`)
  })

  it('with --write makes records, uses them and removes them', async () => {
    const count = async (): Promise<number> => (await app.as('root').call('todos', 'list')).length
    const before = await count()
    const { called, leftOut } = await verify({ key: root, write: true })
    expect(idsOf(called)).toEqual(
      expect.arrayContaining(['todos_create', 'todos_update', 'todos_destroy', 'users_destroy']),
    )
    expect(idsOf(leftOut)).toEqual(expect.arrayContaining(['auth_signOut', 'plugins_disable']))
    expect(await count()).toBe(before)
    const all = new Set([...idsOf(called), ...idsOf(leftOut)])
    const { paths } = await documentOf(app, root)
    for (const methods of Object.values<ReceivedJson>(paths)) {
      for (const { operationId } of Object.values<ReceivedJson>(methods)) expect(all).toContain(operationId)
    }
  })

  it('works in a space: for a member who says which, for one who does not, and with a space token', async () => {
    const token = await sessionOf(app, 'ann', [])
    const spaces = await Promise.all(
      ['A', 'B'].map(async (name) => {
        const made = await app.request('POST', '/api/spaces:create', { token, body: { name } })
        return made.body.data.id
      }),
    )
    const asked = await verify({ key: token })
    expect(asked.called).toContainEqual(expect.objectContaining({ operation: 'tasks_list', status: 400 }))
    const { called } = await verify({ key: token, send: [`X-Space: ${spaces[0]}`], write: true })
    expect(called).toContainEqual(expect.objectContaining({ operation: 'tasks_update', status: 200 }))
    expect(called).toContainEqual(expect.objectContaining({ operation: 'spaces_destroy', status: 200 }))
    const path = `/api/spaces/${spaces[0]}/tokens:create`
    const made = await app.request('POST', path, { token, body: { name: 'verify' } })
    const own = await verify({ key: made.body.data.token, header: 'x-undb-api-token', write: true })
    expect(own.called).toContainEqual(expect.objectContaining({ operation: 'tasks_destroy', status: 200 }))
    const listed = await app.request('GET', '/api/tasks:list', { token, headers: { 'X-Space': String(spaces[0]) } })
    expect(listed.body.data).toEqual([])
    await expect(verify({ key: token, send: ['X-Space'] })).rejects.toMatchObject({ code: 'API_DOC_BAD_HEADER' })
  })

  it('works for a small role, too', async () => {
    const { called } = await verify({ key: await sessionOf(app, 'rita', ['reader']), write: true })
    expect(idsOf(called)).toEqual(expect.arrayContaining(['todos_get', 'todos_list']))
  })

  it('tells what is not as the document says, and fails', async () => {
    await app.application.plugins.enable('liar', 'test')
    await expect(verify({ key: root })).rejects.toMatchObject({
      code: 'API_DOC_WRONG',
      message: expect.stringMatching(/GET \/api\/liar:speak: Its body is wrong/),
    })
    await app.application.plugins.disable('liar', 'test')
  })

  it('refuses a bad key, and says where there is no server and no document', async () => {
    await expect(verify({ key: 'not-a-key' })).rejects.toMatchObject({ code: 'API_DOC_BAD_KEY', status: 412 })
    await expect(verify({ key: root, base: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'API_DOC_NO_SERVER' })
    await expect(verify({ key: root, base: `${app.url}/nothing` })).rejects.toMatchObject({
      code: 'API_DOC_NO_DOCUMENT',
    })
  })
})
