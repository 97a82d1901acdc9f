import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
})
afterAll(() => app?.close())

const create = (name: unknown) => post(app, 'roles:create', root, { name })

describe('the roles that are there from the start', () => {
  it('are root, admin, member and anonymous', async () => {
    const { body } = await get(app, 'roles:list', root)
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual(['root', 'admin', 'member', 'anonymous'])
  })

  it('grant nothing, save root', async () => {
    expect((await get(app, 'grants:list', root)).body.meta.count).toBe(0)
  })
})

describe('a role', () => {
  it.each([
    'editor',
    'To Dos API Role',
    'Ünïcødé',
    '角色',
    'a',
    'v1.2_x-y',
    'constructor',
    'toString',
    'hasOwnProperty',
  ])('may be called %s', async (name) => {
    expect((await create(name)).body.data).toMatchObject({ name, title: null })
    expect((await get(app, `roles:get/${encodeURIComponent(name)}`, root)).body.data.name).toBe(name)
    const user = await app.application.call('users', 'create', {
      body: { email: `u${Date.now()}@example.com`, password: 'long-enough', roles: [name] },
    })
    expect(user.status).toBe(200)
    expect((await post(app, `roles:destroy/${encodeURIComponent(name)}`, root)).body).toEqual({ data: 1 })
  })

  it.each<[unknown]>([
    [''],
    [' '],
    [' a'],
    ['a '],
    ['a,b'],
    ['a\nb'],
    ['a\0b'],
    ['__proto__'],
    ['_x'],
    ['.x'],
    ['$signedIn'],
    ['$credential'],
    ['*'],
    ['a/b'],
    ['a:b'],
    ['<b>x</b>'],
    ['a\u200bb'],
    ['x'.repeat(101)],
    [null],
    [1],
    [['a']],
    [{ $ne: null }],
    [undefined],
  ])('may not be called %j', async (name) => {
    expect((await create(name)).status).toBe(400)
  })

  it('may be called so once', async () => {
    await create('twice')
    expect(outcome(await create('twice'))).toBe('409 CONFLICT')
  })
})
