import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createApp, silentLogger, type Application, type CommandResult } from '@postern/core'
import type { ReceivedJson, TestApp, TestUser } from '@postern/testkit'
import apiKeys from '../src/index.js'
import { createKeyApp, expectRefused, makeKey, post, useKey } from './key-app.js'

let app: TestApp
/** What `postern key …` opens beside a running server. */
let command: Application
let ann: TestUser
let ben: TestUser

beforeAll(async () => {
  app = await createKeyApp()
  ;[ann, ben] = [await app.user('ann', { roles: ['editor'] }), await app.user('ben', { roles: ['editor'] })]
  command = await createApp({
    config: app.application.config,
    mode: 'command',
    plugins: [apiKeys],
    log: silentLogger,
    clock: app.clock,
  })
})
afterAll(async () => {
  await command?.stop()
  await app?.close()
})

async function run(name: string, options: Record<string, unknown> = {}, ...given: string[]): Promise<CommandResult> {
  const spec = command.commands.get(name)
  if (!spec) throw new Error(`There is no command "${name}"`)
  return spec.run({ arguments: given, options })
}

const create = (more: Record<string, unknown> = {}): Promise<CommandResult> =>
  run('key create', { user: ann.email, role: 'editor', name: 'cron', ...more })
const keyOf = async (result: Promise<CommandResult>): Promise<ReceivedJson> => {
  const { json }: { readonly json: ReceivedJson } = await result
  return json.key
}

describe('key create', () => {
  it('makes a key that works, belongs to its owner, is listed for him and ends over HTTP', async () => {
    const key = await keyOf(create({ expires: '7d' }))
    expect(key).toMatchObject({ name: 'cron', roleName: 'editor', createdById: ann.id })
    expect((await useKey(app, key)).status).toBe(200)
    const { body } = await app.request('GET', '/api/apiKeys:list', { token: ann.token })
    // When it was used is stored a little later.
    const { token: _token, lastUsedAt: _lastUsedAt, ...record } = key
    expect(body.data).toContainEqual(expect.objectContaining(record))
    expect((await post(app, `apiKeys:destroy/${key.id}`, ann.token)).body).toEqual({ data: 1 })
    expectRefused(await useKey(app, key))
  })

  it('prints the token last, and nothing else with --quiet', async () => {
    const { text } = await create()
    expect(text.split('\n').at(-1)).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]{43}$/)
    expect((await create({ quiet: true })).text).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]{43}$/)
  })

  it('takes a user name, and an address in any case', async () => {
    for (const user of [ann.username, 'ANN@Example.com']) {
      expect(await keyOf(create({ user }))).toMatchObject({ createdById: ann.id })
    }
  })

  it('makes keys of 30 days, of any length, and without an end', async () => {
    const { expiresAt } = await keyOf(create())
    const days = (Date.parse(expiresAt) - app.clock.now()) / 86_400_000
    expect(days).toBeGreaterThan(29.9)
    expect(days).toBeLessThan(30.1)
    expect(await keyOf(create({ expires: 'never' }))).toMatchObject({ expiresAt: null })
  })

  it.each([
    ['a role that the user lacks', { role: 'root' }, { status: 400, path: 'role' }],
    ['a role that is not there', { role: 'nobody' }, { status: 404, message: 'Not found: there is no role "nobody"' }],
    ['a time that makes no sense', { expires: 'soon' }, { status: 400, path: 'expiresIn' }],
    ['a blank name', { name: ' ' }, { status: 400, path: 'name' }],
    ['a long name', { name: 'x'.repeat(300) }, { status: 400, path: 'name' }],
    ['a user who is not there', { user: 'nobody@example.com' }, { status: 404 }],
  ])('refuses %s', async (_what, options, error) => {
    await expect(create(options)).rejects.toMatchObject(error)
  })
})

describe('key create with limits', () => {
  it('makes a key as narrow as its flags say', async () => {
    const key = await keyOf(
      create({
        ...{ scope: ['todos:list,get', 'todos:create'], readOnly: true, ip: ['10.0.0.0/8', '127.0.0.1'] },
        ...{ limit: '600/60', description: 'nightly', expires: '3600' },
      }),
    )
    expect(key).toMatchObject({
      scopes: [
        { resource: 'todos', actions: ['list', 'get'] },
        { resource: 'todos', actions: ['create'] },
      ],
      readOnly: true,
      allowedIps: ['10.0.0.0/8', '127.0.0.1'],
      rateLimit: { limit: 600, window: 60 },
      description: 'nightly',
    })
    expect((await useKey(app, key)).headers['ratelimit-policy']).toBe('"apiKey";q=600;w=60')
  })

  it.each([
    ['a scope without an action', { scope: ['todos'] }, 'scopes'],
    ['a scope beyond the role', { scope: ['users:list'] }, 'scopes.0.actions'],
    ['an address that is none', { ip: ['here'] }, 'allowedIps.0'],
    ['a limit without a window', { limit: '600' }, 'rateLimit'],
    ['a limit of nothing', { limit: '0/60' }, 'rateLimit.limit'],
    ['an end beyond what is allowed', { expires: '2999-01-01' }, 'expiresAt'],
  ])('refuses %s', async (_what, options, path) => {
    await expect(create(options)).rejects.toMatchObject({ status: 400, path })
  })
})

describe('key show, rotate and usage', () => {
  it('show all of a key but its secret', async () => {
    const key = await makeKey(app, ann)
    const { token, ...record } = key
    const { json, text } = await run('key show', {}, String(key.id))
    expect(json).toEqual({ key: record })
    expect(text).toContain(`roleName\teditor`)
    expect(text).not.toContain(token)
  })

  it('give a new key, with the token alone on --quiet, and end the old one on the server', async () => {
    const key = await makeKey(app, ann)
    expect((await useKey(app, key)).status).toBe(200)
    const { text } = await run('key rotate', { quiet: true }, String(key.id))
    expect(text).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]{43}$/)
    expectRefused(await useKey(app, key), 'expired')
    expect((await useKey(app, { token: text })).status).toBe(200)
    await expect(run('key rotate', {}, String(key.id))).rejects.toMatchObject({ status: 409 })
    const second = await makeKey(app, ann)
    const { json }: { readonly json: ReceivedJson } = await run('key rotate', { grace: '60' }, String(second.id))
    expect(json.previous).toEqual({ id: second.id, expiresAt: expect.any(String) })
    expect((await useKey(app, second)).status).toBe(200)
    for (const grace of ['-1', '604801', 'x']) {
      await expect(run('key rotate', { grace }, String(second.id))).rejects.toMatchObject({ status: 400 })
    }
  })

  it('say how often it was used', async () => {
    const key = await makeKey(app, ann)
    await useKey(app, key)
    await app.request('GET', `/api/apiKeys:usage/${key.id}`, { token: ann.token })
    const { json, text }: { readonly json: ReceivedJson; readonly text: string } = await run(
      'key usage',
      {},
      String(key.id),
    )
    expect(json.usage).toMatchObject({ total: 1, lastUsedFrom: { address: '127.0.0.1' } })
    expect(text).toContain(`Key ${key.id}: 1 request, last used at`)
  })

  it.each(['key show', 'key rotate', 'key usage'])('%s: 404 for what is no key', async (name) => {
    await expect(run(name, {}, '999999')).rejects.toMatchObject({ status: 404 })
    await expect(run(name, {}, 'abc')).rejects.toMatchObject({ status: 404 })
  })

  it('are in the record of what became of a key', async () => {
    const key = await keyOf(create())
    await run('key revoke', {}, String(key.id))
    const { rows } = await app.application.db.sql`
      SELECT event, "byUserId", address, "requestId" FROM "apiKeyEvents" WHERE "keyId" = ${key.id} ORDER BY id`
    const nobody = { byUserId: null, address: null, requestId: null }
    expect(rows).toEqual([
      { event: 'created', ...nobody },
      { event: 'revoked', ...nobody },
    ])
  })
})

describe('key list', () => {
  it('shows those that end soon', async () => {
    const [near, far] = [await makeKey(app, ben, { expiresIn: '6d' }), await makeKey(app, ben, { expiresIn: '8d' })]
    const { json }: { readonly json: ReceivedJson } = await run('key list', { user: ben.email, expiring: '7d' })
    expect(json.keys.map(({ id }: { id: number }) => id)).toContain(near.id)
    expect(json.keys.map(({ id }: { id: number }) => id)).not.toContain(far.id)
    await expect(run('key list', { expiring: 'soon' })).rejects.toMatchObject({ status: 400 })
  })

  it('shows every key, or one user’s, without secrets', async () => {
    const [hers, his] = [await makeKey(app, ann), await makeKey(app, ben)]
    const all: ReceivedJson = (await run('key list')).json
    const one: ReceivedJson = (await run('key list', { user: ben.email })).json
    expect(all.keys.map((key: { id: number }) => key.id)).toEqual(expect.arrayContaining([hers.id, his.id]))
    const { token: _token, ...record } = his
    expect(one.keys).toContainEqual(record)
    expect(one.keys.every((key: { createdById: number }) => key.createdById === ben.id)).toBe(true)
    const { text } = await run('key list', { user: ben.email })
    expect(text).toContain(`${his.id}\tcron\teditor\ton\t${his.expiresAt}\t…${his.lastFour}`)
  })

  it('lets no name act on the terminal', async () => {
    await makeKey(app, ben, { name: '\u001b[2J\u001b]0;owned\u0007red\nalert' })
    const { text } = await run('key list', { user: ben.email })
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
    expect(text).toContain('red\u{FFFD}alert')
  })

  it('refuses a user who is not there', async () => {
    await expect(run('key list', { user: 'nobody' })).rejects.toMatchObject({ status: 404 })
  })
})

describe('key revoke', () => {
  it.each([
    ['as it is listed', (id: number) => String(id)],
    ['with zeros before it', (id: number) => `00${id}`],
  ])('ends a key that the server has in its memory, by its id %s', async (_what, write) => {
    const key = await makeKey(app, ann)
    expect((await useKey(app, key)).status).toBe(200)
    expect((await run('key revoke', {}, write(key.id))).json).toEqual({ revoked: key.id })
    expectRefused(await useKey(app, key))
  })

  it.each(['999999', '0', '-1', '1.5', '1e3', 'abc', '', ' 1', '99999999999999999999', `1' OR '1'='1`])(
    'refuses %j: there is no such key',
    async (id) => {
      await expect(run('key revoke', {}, id)).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND' })
    },
  )
})

it('every command has an example that names it', () => {
  for (const [name, { example }] of command.commands.entries()) expect(example).toContain(`postern ${name}`)
})
