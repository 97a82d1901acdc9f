import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, expectCleanDisable, type TestApp } from '@postern/testkit'
import notes from '../types/notes-plugin.js'

// The plugin of ARCHITECTURE.md §3, as it is written there, on a server.
let app: TestApp
let member: string
let root: string

const titles = async (): Promise<string[]> => {
  const { body } = await app.request('GET', '/api/notes:list?fields=title', { token: member })
  return body.data.map(({ title }: { title: string }) => title)
}
const create = (body: object, token = member) => app.request('POST', '/api/notes:create', { token, body })
const sweep = (body?: object, token = root) =>
  app.request('POST', '/api/notes:sweep', { token, ...(body === undefined ? {} : { body }) })
const toggle = (action: 'enable' | 'disable') =>
  app.request('POST', `/api/plugins:${action}?filterByTk=notes`, { token: root })
/** A session ends after some days: whoever comes back later signs in again. */
const signIn = async (): Promise<void> => {
  ;[member, root] = await Promise.all([app.signIn('ann'), app.signIn('root')])
}

beforeAll(async () => {
  app = await createTestApp({ plugins: [notes] })
  app.clock.set('2026-01-01T00:00:00Z')
  await app.user('ann', { roles: ['member'] })
  await signIn()
})
afterAll(() => app?.close())

describe('200', () => {
  it('a member makes a note, which takes its default', async () => {
    const { status, body } = await create({ title: 'old and done', done: true })
    expect(status).toBe(200)
    expect(body.data).toMatchObject({ title: 'old and done', done: true, createdAt: '2026-01-01T00:00:00.000Z' })
    expect((await create({ title: 'old and open' })).body.data.done).toBe(false)
  })

  it('root sweeps: only what is finished and old enough goes', async () => {
    app.clock.set('2026-01-15T00:00:00Z')
    await signIn()
    await create({ title: 'new and done', done: true })
    app.clock.set('2026-01-21T00:00:00.000Z')
    await signIn()
    expect((await sweep()).body).toEqual({ data: { deleted: 0 } })
    app.clock.advance(1)
    expect((await sweep()).body).toEqual({ data: { deleted: 1 } })
    expect(await titles()).toEqual(['old and open', 'new and done'])
  })

  it('root sweeps with days of his own', async () => {
    expect((await sweep({ keepDays: 5 })).body).toEqual({ data: { deleted: 1 } })
    expect(await titles()).toEqual(['old and open'])
  })
})

describe('400', () => {
  it.each([
    [{}, 'title'],
    [{ title: null }, 'title'],
    [{ title: 1 }, 'title'],
    [{ title: 'x', done: null }, 'done'],
    [{ title: 'x', what: 1 }, 'what'],
  ])('a note that is %j', async (body, path) => {
    expect(await create(body)).toMatchObject({ status: 400, body: { errors: [{ path }] } })
  })

  it.each([[{ keepDays: 'x' }], [{ keepDays: 1.5 }], [{ days: 1 }]])('a sweep with %j', async (body) => {
    expect((await sweep(body)).status).toBe(400)
    expect(await titles()).toEqual(['old and open'])
  })
})

describe('403', () => {
  it('a member neither sweeps nor destroys', async () => {
    expect((await sweep({}, member)).status).toBe(403)
    expect((await app.request('POST', '/api/notes:destroy?filterByTk=1', { token: member })).status).toBe(403)
  })
})

describe('405', () => {
  it('a sweep is no GET', async () => {
    expect(await app.request('GET', '/api/notes:sweep', { token: root })).toMatchObject({ status: 405 })
  })
})

describe('switched off and on while the server runs', () => {
  it('404 for everything at once, then the data is still there', async () => {
    expect((await toggle('disable')).status).toBe(200)
    for (const [method, path] of [
      ['GET', '/api/notes:list'],
      ['POST', '/api/notes:create'],
      ['POST', '/api/notes:sweep'],
    ] as const) {
      expect(await app.request(method, path, { token: root })).toMatchObject({ status: 404 })
    }
    expect((await toggle('enable')).status).toBe(200)
    expect(await titles()).toEqual(['old and open'])
    expect((await create({ title: 'again' })).status).toBe(200)
    expect((await sweep()).body).toEqual({ data: { deleted: 0 } })
  })

  it('takes new options, and refuses wrong ones', async () => {
    app.clock.advance(3 * 86_400_000)
    await signIn()
    await create({ title: 'done', done: true })
    app.clock.advance(2 * 86_400_000)
    await app.application.plugins.configure('notes', 'test', { keepDays: 1 })
    for (const options of [{ keepDays: 'x' }, { keepDays: null }, { days: 1 }]) {
      await expect(app.application.plugins.configure('notes', 'test', options)).rejects.toMatchObject({
        code: 'PLUGIN_OPTIONS_REFUSED',
      })
    }
    expect((await sweep()).body).toEqual({ data: { deleted: 1 } })
  })

  it('leaves cleanly', () =>
    expectCleanDisable(notes, {
      use: async (other) => {
        await other.as('member').call('notes', 'create', { title: 'x', done: true })
        await other.as('root').call('notes', 'sweep', {})
      },
    }))
})
