import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestResponse, TestUser } from '@postern/testkit'
import {
  addMember,
  ask,
  createWorld,
  data,
  defineSpaced,
  get,
  makeSpace,
  makeToken,
  outcome,
  post,
  type Caller,
  type World,
} from './space-app.js'

const roles = ['viewer', 'editor', 'admin', 'owner'] as const
type Role = (typeof roles)[number]

let world: World
let app: TestApp
let space: number
/** One member of each role in a space of their own, and somebody who is in none. */
const members = new Map<Role | 'nobody', { readonly user: TestUser; readonly row: number }>()
/** Tokens whose makers have these roles now. */
const tokens = new Map<Role, Caller>()
let task: number
let other: number
let list: number

beforeAll(async () => {
  world = await createWorld()
  app = world.app
  await defineSpaced(app, 'lists', [{ name: 'name', type: 'string' }])
  await app.application.call('collections', 'create', {
    body: {
      ...{ name: 'items', spaced: true, sortable: 'sort' },
      fields: [
        { name: 'name', type: 'string' },
        { name: 'tags', type: 'belongsToMany', target: 'lists' },
      ],
    },
  })
  const olga = await app.user('olga')
  space = await makeSpace(app, olga, 'M')
  for (const role of roles) {
    const user = await app.user(`the-${role}`)
    const row = await addMember(app, olga, space, user, 'owner')
    tokens.set(role, await makeToken(app, user, space))
    await data(post(app, olga, `spaces/${space}/members:update/${row}`, { role }))
    members.set(role, { user, row })
  }
  members.set('nobody', { user: await app.user('nobody'), row: 0 })
  list = (await data(post(app, olga, 'lists:create', { name: 'l' }))).id
  ;[task, other] = (await data(post(app, olga, 'items:create', [{ name: 'a' }, { name: 'b' }]))).map(
    ({ id }: { id: number }) => id,
  )
})
afterAll(() => app?.close())

type Call = (caller: Caller) => Promise<TestResponse>
const reads: Readonly<Record<string, Call>> = {
  list: (by) => get(app, by, 'items:list'),
  'list by REST': (by) => ask(app, by, 'GET', '/api/items'),
  get: (by) => get(app, by, `items:get/${task}`),
  query: (by) => post(app, by, 'items:query', { measures: [{ field: 'id', aggregation: 'count', alias: 'n' }] }),
  'appended relation': (by) => get(app, by, `items:get/${task}?appends=tags`),
  'list of a relation': (by) => get(app, by, `items/${task}/tags:list`),
  'records of undb': (by) => ask(app, by, 'GET', '/openapi/bases/M/tables/items/records'),
}
const writes: Readonly<Record<string, Call>> = {
  create: (by) => post(app, by, 'items:create', { name: 'c' }),
  'bulk create': (by) => post(app, by, 'items:create', [{ name: 'd' }, { name: 'e' }]),
  update: (by) => post(app, by, `items:update/${task}`, { name: 'a2' }),
  'update by filter': (by) => post(app, by, 'items:update?filter={"name":"b"}', { name: 'b' }),
  destroy: async (by) => {
    const { id } = await data(post(app, member('owner'), 'items:create', { name: 'x' }))
    return post(app, by, `items:destroy/${id}`)
  },
  'destroy by REST': async (by) => {
    const { id } = await data(post(app, member('owner'), 'items:create', { name: 'x' }))
    return ask(app, by, 'DELETE', `/api/items/${id}`)
  },
  firstOrCreate: (by) => post(app, by, 'items:firstOrCreate?filterKeys[]=name', { name: 'first' }),
  updateOrCreate: (by) => post(app, by, 'items:updateOrCreate?filterKeys[]=name', { name: 'second' }),
  move: (by) => post(app, by, `items:move?sourceId=${task}&targetId=${other}`),
  add: (by) => post(app, by, `items/${task}/tags:add`, [list]),
  toggle: (by) => post(app, by, `items/${task}/tags:toggle`, [list]),
  set: (by) => post(app, by, `items/${task}/tags:set`, [list]),
  remove: async (by) => {
    await data(post(app, member('owner'), `items/${task}/tags:set`, [list]))
    return post(app, by, `items/${task}/tags:remove`, [list])
  },
  'create under a parent': (by) => post(app, by, `items/${task}/tags:create`, { name: 'under' }),
  'create by undb': (by) => ask(app, by, 'POST', '/openapi/bases/M/tables/items/records', { values: { name: 'u' } }),
}
const member = (role: Role | 'nobody'): Caller => ({ token: members.get(role)?.user.token ?? '' })
const good = /^20[01]$/

describe.each(roles)('%s', (role) => {
  it.each(Object.entries(reads))('reads: %s', async (_name, call) => {
    expect(await outcome(call(member(role)))).toMatch(good)
    expect(await outcome(call(tokens.get(role) ?? {}))).toMatch(good)
  })

  it.each(Object.entries(writes))('writes, from editor on: %s', async (_name, call) => {
    const expected = role === 'viewer' ? /^403 NO_PERMISSION$/ : good
    expect(await outcome(call(member(role)))).toMatch(expected)
    expect(await outcome(call(tokens.get(role) ?? {}))).toMatch(expected)
  })
})

describe('who is in no space', () => {
  it.each(Object.entries({ ...reads, ...writes }))('%s: refused', async (_name, call) => {
    expect(await outcome(call(member('nobody')))).toMatch(/^(403 NO_PERMISSION|404 NOT_FOUND)$/)
    expect(await outcome(call({}))).toBe('401 EMPTY_TOKEN')
  })
})

describe('what is done with the space itself', () => {
  const atLeast = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed)
  let serial = 0
  const actions: readonly (readonly [string, Role, Call])[] = [
    ['spaces:get', 'viewer', (by) => get(app, by, `spaces:get/${space}`)],
    ['members:list', 'viewer', (by) => get(app, by, `spaces/${space}/members:list`)],
    ['members:get', 'viewer', (by) => get(app, by, `spaces/${space}/members:get/${members.get('viewer')?.row}`)],
    [
      'members:create',
      'admin',
      async (by) => {
        const user = await app.user(`guest-${serial++}`)
        return post(app, by, `spaces/${space}/members:create`, { userId: user.id, role: 'viewer' })
      },
    ],
    [
      'members:update',
      'admin',
      (by) => post(app, by, `spaces/${space}/members:update/${members.get('viewer')?.row}`, { role: 'viewer' }),
    ],
    [
      'members:destroy',
      'admin',
      async (by) => {
        const row = await addMember(app, member('owner'), space, await app.user(`out-${serial++}`), 'viewer')
        return post(app, by, `spaces/${space}/members:destroy/${row}`)
      },
    ],
    ['tokens:list', 'admin', (by) => get(app, by, `spaces/${space}/tokens:list`)],
    ['tokens:get', 'admin', async (by) => get(app, by, `spaces/${space}/tokens:get/${await tokenOf(by)}`)],
    ['tokens:usage', 'admin', async (by) => get(app, by, `spaces/${space}/tokens:usage/${await tokenOf(by)}`)],
    ['tokens:create', 'admin', (by) => post(app, by, `spaces/${space}/tokens:create`, { name: 'x' })],
    [
      'tokens:update',
      'admin',
      async (by) => post(app, by, `spaces/${space}/tokens:update/${await tokenOf(by)}`, { name: 'y' }),
    ],
    [
      'tokens:destroy',
      'admin',
      async (by) => {
        const { id } = await data(post(app, member('owner'), `spaces/${space}/tokens:create`, { name: 'gone' }))
        return post(app, by, `spaces/${space}/tokens:destroy/${id}`)
      },
    ],
    ['spaces:update', 'owner', (by) => post(app, by, `spaces:update/${space}`, { name: 'M' })],
    [
      'spaces:destroy, spaces:restore',
      'owner',
      async (by) => {
        const answer = await post(app, by, `spaces:destroy/${space}`)
        return answer.status === 200 ? post(app, by, `spaces:restore/${space}`) : answer
      },
    ],
  ]
  const tokenOf = async (_by: Caller): Promise<number> =>
    (await data(get(app, member('owner'), `spaces/${space}/tokens:list?sort=id`)))[0].id

  for (const [name, needed, call] of actions) {
    it.each(roles)(`${name}, from ${needed} on: %s`, async (role) => {
      expect(await outcome(call(member(role)))).toBe(atLeast(role, needed) ? '200' : '403 NO_PERMISSION')
    })
    it(`${name}: 404 for who is no member, 403 for a space token`, async () => {
      expect(await outcome(call(member('nobody')))).toBe('404 NOT_FOUND')
      expect(await outcome(call(tokens.get('owner') ?? {}))).toBe('403 NO_PERMISSION')
    })
  }
})
