import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'

let app: TestApp
let root: string
let ann: TestUser

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
  ann = await app.user('ann', { roles: ['editor'] })
  await post(app, 'roles:create', root, { name: 'To Dos API Role', title: 'To Dos' })
  await post(app, 'roles:create', root, { name: 'reader' })
})
afterAll(() => app?.close())

const change = async (action: string, body: unknown) =>
  outcome(await post(app, `users/${ann.id}/roles:${action}`, root, body))
const held = async (): Promise<string[]> =>
  (await get(app, `users/${ann.id}/roles:list`, root)).body.data.map(({ name }: { name: string }) => name)

describe('the roles of a user', () => {
  it('are listed as roles, by both spellings', async () => {
    for (const path of [`users/${ann.id}/roles:list`, `users/${ann.id}/roles`]) {
      const { body } = await get(app, path, root)
      expect(body.data.map(({ name }: { name: string }) => name)).toEqual(['member', 'editor'])
      expect(body.meta).toMatchObject({ count: 2, page: 1 })
    }
  })

  it('are added, also those that he has', async () => {
    expect(await change('add', ['reader', 'editor', 'reader'])).toBe('200')
    expect(await held()).toEqual(['member', 'editor', 'reader'])
  })

  it('are taken', async () => {
    expect(await change('remove', ['reader'])).toBe('200')
    expect(await change('remove', ['reader'])).toBe('404 NOT_FOUND')
    expect(await held()).toEqual(['member', 'editor'])
  })

  it('are toggled', async () => {
    expect(await change('toggle', ['reader', 'editor'])).toBe('200')
    expect(await held()).toEqual(['member', 'reader'])
    expect(await change('toggle', ['reader', 'editor'])).toBe('200')
  })

  it('are set', async () => {
    expect(await change('set', ['To Dos API Role', 'member'])).toBe('200')
    expect(await held()).toEqual(['member', 'To Dos API Role'])
    expect(await change('set', [])).toBe('200')
    expect(await held()).toEqual([])
    expect(await change('set', ['member', 'editor'])).toBe('200')
  })

  it('may stand in the address', async () => {
    const path = `users/${ann.id}/roles:add?filterByTk=reader,${encodeURIComponent('To Dos API Role')}`
    const headers = { 'Content-Length': '0' }
    expect((await app.request('POST', `/api/${path}`, { token: root, headers })).status).toBe(200)
    expect(await held()).toEqual(['member', 'editor', 'reader', 'To Dos API Role'])
    expect(await change('set', ['member', 'editor'])).toBe('200')
  })
})

describe('404, and nothing is linked', () => {
  it('for a role that is not there, beside one that is', async () => {
    for (const name of ['nothing', 'EDITOR', '__proto__', 'constructor', '$signedIn', '*', '%', '']) {
      expect([name, await change('add', ['reader', name])]).toEqual([name, '404 NOT_FOUND'])
      expect([name, await change('set', [name])]).toEqual([name, '404 NOT_FOUND'])
      expect([name, await change('remove', ['editor', name])]).toEqual([name, '404 NOT_FOUND'])
    }
    expect(await held()).toEqual(['member', 'editor'])
  })

  const ids = [
    '0',
    '-1',
    '999999',
    '1e3',
    '1.0',
    '0x1',
    'abc',
    'null',
    'root',
    '%00',
    '1%00',
    '%20',
    '1%20or%201=1',
    '*',
  ]
  it.each([...ids, '9'.repeat(15), '9'.repeat(30), '__proto__', '[object%20Object]', '%2e%2e'])(
    'for the user %s',
    async (id) => {
      for (const action of ['list', 'add', 'remove', 'set', 'toggle']) {
        expect([action, outcome(await post(app, `users/${id}/roles:${action}`, root, ['reader']))]).toEqual([
          action,
          '404 NOT_FOUND',
        ])
      }
    },
  )

  it('for a member of it, and for actions that it has not', async () => {
    for (const [method, path] of [
      ['GET', `users/${ann.id}/roles/editor`],
      ['PUT', `users/${ann.id}/roles/editor`],
      ['DELETE', `users/${ann.id}/roles/editor`],
      ['POST', `users/${ann.id}/roles`],
      ['POST', `users/${ann.id}/roles:create`],
      ['POST', `users/${ann.id}/roles:destroy`],
    ] as const) {
      const options = method === 'GET' ? { token: root } : { token: root, body: ['reader'] }
      expect([method, path, (await app.request(method, `/api/${path}`, options)).status]).toEqual([method, path, 404])
    }
    expect(await held()).toEqual(['member', 'editor'])
  })
})

describe('400, and nothing is linked', () => {
  it.each<[unknown]>([
    ['reader'],
    [{ name: 'reader' }],
    [[{ name: 'reader' }]],
    [['reader', 1]],
    [['reader', null]],
    [[['reader']]],
    [null],
    [1],
    [Array.from({ length: 501 }, (_, index) => `r${index}`)],
    [['read\0er']],
  ])('for %j', async (body) => {
    for (const action of ['add', 'remove', 'set', 'toggle']) {
      const answer = await post(app, `users/${ann.id}/roles:${action}`, root, body)
      expect([400, 404]).toContain(answer.status)
    }
    expect(await held()).toEqual(['member', 'editor'])
  })

  it('for no names at all', async () => {
    const headers = { 'Content-Length': '0' }
    for (const action of ['add', 'remove', 'set', 'toggle']) {
      const answer = await app.request('POST', `/api/users/${ann.id}/roles:${action}`, { token: root, headers })
      expect([action, answer.status]).toEqual([action, 400])
    }
    expect(await held()).toEqual(['member', 'editor'])
  })
})
