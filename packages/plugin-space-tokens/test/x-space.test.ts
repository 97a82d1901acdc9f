import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import apiKeys from '../../plugin-api-keys/src/index.js'
import {
  addMember,
  createWorld,
  data,
  expectNotFound,
  get,
  outcome,
  post,
  type Caller,
  type World,
} from './space-app.js'

let world: World
let app: TestApp
/** A member of both spaces. */
let max: TestUser
beforeAll(async () => {
  world = await createWorld({ plugins: [apiKeys] })
  app = world.app
  max = await app.user('max')
  await addMember(app, world.ann, world.a, max, 'viewer')
  await addMember(app, world.bob, world.b, max, 'editor')
  await data(post(app, world.ta, 'tasks:create', { title: 'of a' }))
  await data(post(app, world.tb, 'tasks:create', { title: 'of b' }))
  await app.collection('plain', { title: 'string' })
  await app.grant('member', 'plain', ['list', 'create'])
})
afterAll(() => app?.close())

const titles = async (caller: Caller): Promise<string[]> =>
  (await data(get(app, caller, 'tasks:list'))).map(({ title }: { title: string }) => title)
const send = (caller: Caller, values: readonly string[], path = 'tasks:list') =>
  app.request('GET', `/api/${path}`, {
    ...(caller.token === undefined ? {} : { token: caller.token }),
    headers: [
      ...values.map((value) => ['X-Space', value] as const),
      ...(caller.spaceToken === undefined ? [] : [['x-undb-api-token', caller.spaceToken] as const]),
    ],
  })

describe('a session of a member of several spaces', () => {
  it('is in the space that it names, in the role that he has there', async () => {
    expect(await titles({ token: max.token, space: world.a })).toEqual(['of a'])
    expect(await titles({ token: max.token, space: ` ${world.b} ` })).toEqual(['of b'])
    const create = (space: number) => post(app, { token: max.token, space }, 'tasks:create', { title: `max ${space}` })
    expect(await outcome(create(world.a))).toBe('403 NO_PERMISSION')
    expect(await data(create(world.b))).toMatchObject({ spaceId: world.b, createdById: max.id })
  })

  it('400 SPACE_REQUIRED where it names none, to read and to write', async () => {
    for (const answer of [
      get(app, max, 'tasks:list'),
      get(app, max, 'tasks:get/1'),
      post(app, max, 'tasks:create', { title: 'x' }),
      post(app, max, 'tasks:query', { measures: [{ field: 'id', aggregation: 'count', alias: 'n' }] }),
    ]) {
      expect(await outcome(answer)).toBe('400 SPACE_REQUIRED')
    }
  })

  it('404 for a space that is not his, or none', async () => {
    const other = (await data(post(app, world.bob, 'spaces:create', { name: 'other' }))).id
    const names = [
      String(other),
      '999999',
      'A',
      '',
      ' ',
      '0',
      '-1',
      '1.0',
      '01',
      '1e0',
      '99999999999999999999',
      '1,2',
      '*',
    ]
    for (const name of names) {
      expect({ name, answer: await outcome(send(max, [name])) }).toEqual({ name, answer: '404 NOT_FOUND' })
    }
    await expectNotFound(send(max, [String(other)]))
    await expectNotFound(send(max, ['999999']))
    await data(post(app, world.bob, `spaces:destroy/${other}`))
  })

  it('400 where it is sent twice, also the same', async () => {
    for (const values of [
      [String(world.a), String(world.a)],
      [String(world.a), String(world.b)],
      [String(world.b), 'x'],
    ]) {
      const answer = await send(max, values)
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: 'INVALID_QUERY', path: 'X-Space' }] } })
    }
  })

  it('is ignored on collections that are not divided, whatever it says', async () => {
    for (const values of [[], ['999999'], ['x'], [String(world.a), String(world.b)], [String(world.a)]]) {
      expect(await outcome(send(max, values, 'plain:list'))).toBe('200')
      expect(await outcome(send(max, values, 'auth:check'))).toBe('200')
      expect(await outcome(send(max, values, 'spaces:list'))).toBe('200')
    }
    expect(
      await data(post(app, { token: max.token, space: world.a }, 'plain:create', { title: 'x' })),
    ).not.toHaveProperty('spaceId')
  })

  it('may be left out as soon as he is in one only', async () => {
    const pia = await app.user('pia')
    const row = await addMember(app, world.ann, world.a, pia, 'viewer')
    await addMember(app, world.bob, world.b, pia, 'viewer')
    expect(await outcome(get(app, pia, 'tasks:list'))).toBe('400 SPACE_REQUIRED')
    await data(post(app, world.ann, `spaces/${world.a}/members:destroy/${row}`))
    expect(await titles(pia)).toContain('of b')
    await expectNotFound(get(app, { token: pia.token, space: world.a }, 'tasks:list'))
  })
})

describe('a space token', () => {
  it('may name its own space only, once', async () => {
    const { ta, a, b } = world
    expect(await outcome(send(ta, [String(a)]))).toBe('200')
    for (const values of [[String(b)], ['999999'], ['x'], [''], [String(a), String(a)], [String(a), String(b)]]) {
      expect({ values, answer: await outcome(send(ta, values)) }).toEqual({ values, answer: '400 INVALID_QUERY' })
    }
  })
})

describe('root', () => {
  it('sees every space, one by one or all together, and names the one that he writes to', async () => {
    const root = { token: await app.signIn('root') }
    expect(await titles(root)).toEqual(expect.arrayContaining(['of a', 'of b']))
    expect(await titles({ ...root, space: world.a })).toEqual(['of a'])
    expect(await outcome(post(app, root, 'tasks:create', { title: 'x' }))).toBe('400 SPACE_REQUIRED')
    const made = await data(post(app, { ...root, space: world.b }, 'tasks:create', { title: 'by root' }))
    expect(made).toMatchObject({ spaceId: world.b })
    await expectNotFound(post(app, { ...root, space: world.a }, `tasks:update/${made.id}`, { done: true }))
    await expectNotFound(get(app, { ...root, space: 999_999 }, 'tasks:list'))
    expect(await data(post(app, root, `tasks:update/${made.id}`, { done: true }))).toMatchObject([{ spaceId: world.b }])
  })
})

describe('an API key', () => {
  const keyFor = async (owner: TestUser, role: string, body: object = {}): Promise<Caller> => ({
    token: (await data(post(app, owner, 'apiKeys:create', { name: 'k', role, ...body }))).token,
  })

  it('names its space as a session does', async () => {
    await app.grant('all-tasks', 'tasks', ['*'])
    const kim = await app.user('kim', { roles: ['all-tasks'] })
    await addMember(app, world.ann, world.a, kim, 'viewer')
    await addMember(app, world.bob, world.b, kim, 'editor')
    const key = await keyFor(kim, 'all-tasks')
    expect(await outcome(get(app, key, 'tasks:list'))).toBe('400 SPACE_REQUIRED')
    expect(await titles({ ...key, space: world.a })).toEqual(['of a'])
    expect(await outcome(send(key, [String(world.a), String(world.a)]))).toBe('400 INVALID_QUERY')
    await expectNotFound(get(app, { ...key, space: 999_999 }, 'tasks:list'))
    // What his role in the space does not allow, no grant of the key's role allows.
    const create = (caller: Caller, title: string) => outcome(post(app, caller, 'tasks:create', { title }))
    expect(await create({ ...key, space: world.a }, 'key a')).toBe('403 NO_PERMISSION')
    expect(await create({ ...key, space: world.b }, 'key b')).toBe('200')
  })

  it('is narrowed by the grants of its role, their rows and fields, its scopes, and readOnly', async () => {
    await app.grant('own-tasks', 'tasks', ['list', 'create'], {
      fields: ['title'],
      where: { createdById: '{{$user.id}}' },
    })
    const lea = await app.user('lea', { roles: ['own-tasks', 'all-tasks'] })
    await addMember(app, world.ann, world.a, lea, 'editor')
    await data(post(app, lea, 'tasks:create', { title: 'of lea' }))
    const own = await keyFor(lea, 'own-tasks')
    expect(await data(get(app, own, 'tasks:list'))).toEqual([{ id: expect.any(Number), title: 'of lea' }])
    expect(await titles(lea)).toEqual(['of a', 'of lea'])
    expect(await outcome(get(app, own, 'tasks:get/1'))).toBe('403 NO_PERMISSION')
    const scoped = await keyFor(lea, 'all-tasks', { scopes: [{ resource: 'tasks', actions: ['list'] }] })
    expect(await titles(scoped)).toEqual(['of a', 'of lea'])
    expect(await outcome(post(app, scoped, 'tasks:create', { title: 'x' }))).toBe('403 INSUFFICIENT_SCOPE')
    const reader = await keyFor(lea, 'all-tasks', { readOnly: true })
    expect(await outcome(post(app, reader, 'tasks:create', { title: 'x' }))).toBe('403 INSUFFICIENT_SCOPE')
    const none = await keyFor(lea, 'member')
    expect(await outcome(get(app, none, 'tasks:list'))).toBe('403 NO_PERMISSION')
  })
})
