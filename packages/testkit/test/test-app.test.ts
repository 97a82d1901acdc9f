import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AppError, defineAction, definePlugin } from '@postern/core'
import { z } from 'zod'
import { createTestApp, fakeClock, type TestApp } from '../src/index.js'

const echo = definePlugin({
  name: 'echo',
  version: '1.0.0',
  setup: ({ acl, clock, resources, http }) => {
    acl.grant('anonymous', 'echo', ['now', 'say'])
    http.use(async (context, next) => {
      context.set('x-seen', String(context.req.headersDistinct['x-twice']?.length ?? 0))
      await next()
    })
    resources.define('echo', {
      now: defineAction({ summary: 'Tell the time', reads: true, run: () => clock.now() }),
      say: defineAction({
        summary: 'Say it again',
        reads: true,
        input: z.object({ text: z.string() }),
        run: ({ input }) => input.text,
      }),
    })
  },
})

let app: TestApp

beforeAll(async () => {
  app = await createTestApp({ plugins: [echo], settings: { LIMIT_PAGE_SIZE: '7' } })
  await app.collection('todos', { title: { type: 'string', required: true }, completed: 'boolean' })
  await app.grant('editor', 'todos', ['list', 'create'], { fields: ['title'] })
})
afterAll(() => app?.close())

describe('request', () => {
  it('reads a GET with its query', async () => {
    const { status, body, text } = await app.request('GET', '/api/echo:say?text=a%20b')
    expect({ status, body, text }).toEqual({ status: 200, body: { data: 'a b' }, text: '{"data":"a b"}' })
  })

  it('sends a body as JSON, and a raw one as it is', async () => {
    const json = await app.request('POST', '/api/echo:say', { body: { text: 'x' } })
    expect(json.body).toEqual({ data: 'x' })
    const headers = { 'Content-Type': 'application/json' }
    const broken = await app.request('POST', '/api/echo:say', { raw: '{"text":', headers })
    expect(broken).toMatchObject({ status: 400, body: { errors: [{ code: 'INVALID_JSON' }] } })
  })

  it('sends a header as often as it is given, and names the received ones in lower case', async () => {
    const headers = [
      ['X-Twice', 'a'],
      ['X-Twice', 'b'],
    ] as const
    expect((await app.request('GET', '/api/echo:now', { headers })).headers['x-seen']).toBe('2')
  })

  it('answers what is no JSON with an undefined body', async () => {
    const answer = await app.request('HEAD', '/healthz')
    expect(answer).toMatchObject({ status: 200, body: undefined, text: '' })
  })
})

describe('users', () => {
  it('have their roles, and a token that serves', async () => {
    const alice = await app.user('alice', { roles: ['editor'] })
    const created = await app.request('POST', '/api/todos:create', { token: alice.token, body: { title: 'x' } })
    expect(created).toMatchObject({ status: 200, body: { data: { title: 'x' } } })
    const check = await app.request('GET', '/api/auth:check', { token: await app.signIn('alice') })
    expect(check.body.data).toMatchObject({ id: alice.id, email: 'alice@example.com', roles: ['member', 'editor'] })
  })

  it('are refused with a wrong password', async () => {
    await expect(app.signIn('root', 'not-this-one')).rejects.toThrow('401')
    expect(await app.signIn('root')).toMatch(/^pst_/)
  })
})

describe('as', () => {
  it('calls an action in process with exactly that role', async () => {
    const made = await app.as('editor').call('todos', 'create', { title: 'y' })
    expect(made).toMatchObject({ title: 'y', id: expect.any(Number) })
    await expect(app.as('member').call('todos', 'list')).rejects.toThrow(AppError)
    await expect(app.as('anonymous').call('todos', 'list')).rejects.toMatchObject({ status: 401 })
  })

  it('passes parameters, key and parent', async () => {
    const { id, createdById } = await app.as('root').call('todos', 'create', { title: 'z' })
    expect(await app.as('root').call('todos', 'get', undefined, { key: id })).toMatchObject({ title: 'z' })
    expect(await app.as('root').call('todos', 'list', undefined, { params: { filter: { title: 'z' } } })).toHaveLength(
      1,
    )
    expect(await app.as('root').call('todos', 'list', { filter: { title: 'z' } })).toHaveLength(1)
    expect(await app.as('root').call('users.roles', 'list', undefined, { sourceId: createdById })).toContainEqual(
      expect.objectContaining({ name: 'root' }),
    )
  })
})

describe('the clock', () => {
  it('is the server’s: a session ends when it is advanced', async () => {
    const clock = fakeClock()
    const aged = await createTestApp({ clock })
    const token = await aged.signIn('root')
    clock.advance(8 * 86_400_000)
    const check = await aged.request('GET', '/api/auth:check', { token })
    expect(check).toMatchObject({ status: 401, body: { errors: [{ reason: 'expired' }] } })
    await aged.close()
  })

  it('stands still once it is set', async () => {
    app.clock.set('2030-01-01T00:00:00Z')
    expect((await app.request('GET', '/api/echo:now')).body.data).toBe(Date.UTC(2030, 0))
  })
})

describe('raw', () => {
  it('returns all that the server says to bytes that no client sends', async () => {
    expect(await app.raw('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    const two = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2)
    expect((await app.raw(two, { timeout: 300 })).match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  })
})

describe('settings', () => {
  it('are those of the test', async () => {
    await expect(app.as('root').call('todos', 'list', { pageSize: 8 })).rejects.toMatchObject({ code: 'INVALID_PAGE' })
  })

  it('of a first start are honoured, in an empty database', async () => {
    const fresh = await createTestApp({ settings: { INIT_ROOT_EMAIL: 'boss@example.com' } })
    expect(await fresh.signIn('boss@example.com', 'the-password-of-root')).toMatch(/^pst_/)
    await fresh.close()
  })
})

describe('a plugin that does not come up', () => {
  it('fails the start, and leaves nothing running', async () => {
    const broken = definePlugin({ name: 'broken', setup: () => Promise.reject(new Error('no luck')) })
    await expect(createTestApp({ plugins: [broken] })).rejects.toThrow('no luck')
  })
})

describe('close', () => {
  it('stops the server and may be called twice', async () => {
    const other = await createTestApp()
    await Promise.all([other.close(), other.close()])
    await expect(other.request('GET', '/healthz')).rejects.toThrow('ECONNREFUSED')
  })
})
