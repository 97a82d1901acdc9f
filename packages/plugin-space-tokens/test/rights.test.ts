import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import {
  addMember,
  ask,
  createWorld,
  data,
  defineSpaced,
  expectNotFound,
  get,
  makeToken,
  outcome,
  post,
  type Caller,
  type World,
} from './space-app.js'

let world: World
let app: TestApp
let ta: Caller
let tb: Caller
/** Records of both spaces. */
let mine: { readonly id: number; readonly list: number }
let theirs: { readonly id: number; readonly list: number }

beforeAll(async () => {
  world = await createWorld()
  ;({ app, ta, tb } = world)
  await defineSpaced(app, 'lists', [{ name: 'name', type: 'string' }])
  await defineSpaced(app, 'items', [
    { name: 'name', type: 'string' },
    { name: 'secret', type: 'string', hidden: true },
    { name: 'pages', type: 'integer' },
    { name: 'list', type: 'belongsTo', target: 'lists' },
  ])
  await app.application.call('collections.fields', 'create', {
    sourceId: 'lists',
    body: { name: 'items', type: 'hasMany', target: 'items', foreignKey: 'listId' },
  })
  const fill = async (caller: Caller, name: string) => {
    const list = (await data(post(app, caller, 'lists:create', { name }))).id
    return { id: (await data(post(app, caller, 'items:create', { name, pages: 7, listId: list }))).id, list }
  }
  ;[mine, theirs] = [await fill(ta, 'mine'), await fill(tb, 'theirs')]
})
afterAll(() => app?.close())

/** Nothing of the other space has changed. */
async function expectUntouched(): Promise<void> {
  expect(await data(get(app, tb, 'items:list?fields=id,name,pages,listId'))).toEqual([
    { id: theirs.id, name: 'theirs', pages: 7, listId: theirs.list },
  ])
  expect(await data(get(app, tb, `lists:list?fields=id,name`))).toEqual([{ id: theirs.list, name: 'theirs' }])
}
const text = (filter: unknown): string => encodeURIComponent(JSON.stringify(filter))

describe('a row of another space', () => {
  it('by tk: 404, the same to the byte as one that never was', async () => {
    for (const id of [theirs.id, 999_999]) {
      await expectNotFound(get(app, ta, `items:get/${id}`))
      await expectNotFound(get(app, ta, `items:get?filterByTk=${id}`))
      await expectNotFound(post(app, ta, `items:update/${id}`, { name: 'stolen' }))
      await expectNotFound(post(app, ta, `items:destroy/${id}`))
      await expectNotFound(ask(app, ta, 'PATCH', `/api/items/${id}`, { name: 'stolen' }))
      await expectNotFound(ask(app, ta, 'DELETE', `/api/items/${id}`))
      await expectNotFound(get(app, ta, `items/${id}/list:get`))
    }
    await expectUntouched()
  })

  it.each([
    [{ name: 'theirs' }],
    [{ name: { $ne: 'mine' } }],
    [{ $not: { name: 'mine' } }],
    [{ $or: [{ name: 'theirs' }, { 'list.name': 'theirs' }] }],
    [{ 'list.name': 'theirs' }],
    [{ list: { name: { $includes: 'heir' } } }],
    [{ 'list.items.name': 'theirs' }],
    [{ spaceId: { $gt: 0 }, name: 'theirs' }],
    [{ spaceId: { $ne: 0 }, name: { $startsWith: 'the' } }],
  ])('by filter, and counted: %j', async (filter) => {
    const list = await get(app, ta, `items:list?filter=${text(filter)}`)
    expect(list.body).toMatchObject({ data: [], meta: { count: 0 } })
    expect(await data(post(app, ta, `items:update?filter=${text(filter)}`, { name: 'stolen' }))).toEqual([])
    expect(await data(post(app, ta, `items:destroy?filter=${text(filter)}`))).toBe(0)
    await expectUntouched()
  })

  it('is in no sum, no count and no group', async () => {
    const query = {
      measures: [
        { field: 'id', aggregation: 'count', alias: 'n' },
        { field: 'pages', aggregation: 'sum', alias: 'pages' },
      ],
    }
    expect(await data(post(app, ta, 'items:query', query))).toEqual([{ n: 1, pages: 7 }])
    const groups = { ...query, dimensions: [{ field: 'name', alias: 'list' }] }
    expect(await data(post(app, ta, 'items:query', groups))).toEqual([{ list: 'mine', n: 1, pages: 7 }])
    const bySpace = { ...query, dimensions: [{ field: 'spaceId', alias: 'space' }] }
    expect(await data(post(app, ta, 'items:query', bySpace))).toMatchObject([{ space: world.a }])
  })

  it('by relation: as a value 400, by association 404, in a nested record 400', async () => {
    const [body, nested] = [{ listId: theirs.list }, { name: 'x', list: { id: theirs.list, name: 'stolen' } }]
    expect(await outcome(post(app, ta, 'items:create', { name: 'x', ...body }))).toBe('400 INVALID_VALUE')
    expect(await outcome(post(app, ta, `items:update/${mine.id}`, body))).toBe('400 INVALID_VALUE')
    expect((await post(app, ta, 'items:create?updateAssociationValues=list', nested)).status).toBeGreaterThanOrEqual(
      400,
    )
    await expectNotFound(post(app, ta, `items/${mine.id}/list:set?filterByTk=${theirs.list}`))
    await expectNotFound(post(app, ta, `lists/${mine.list}/items:add`, [theirs.id]))
    await expectNotFound(post(app, ta, `lists/${mine.list}/items:set`, [mine.id, theirs.id]))
    await expectNotFound(get(app, ta, `lists/${theirs.list}/items:list`))
    await expectNotFound(post(app, ta, `lists/${theirs.list}/items:create`, { name: 'x' }))
    await expectUntouched()
  })

  it('by its id in a bulk create, or by any name of the space: 400, and none is stored', async () => {
    for (const record of [
      { id: theirs.id },
      { spaceId: world.b },
      { spaceId: world.a },
      { createdById: world.bob.id },
    ]) {
      const answer = await post(app, ta, 'items:create', [{ name: 'first' }, { name: 'second', ...record }])
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: 'READONLY_FIELD' }] } })
      expect(await outcome(post(app, ta, `items:update/${mine.id}`, record))).toBe('400 READONLY_FIELD')
      const upsert = await post(app, ta, 'items:updateOrCreate?filterKeys=name', { name: 'mine', ...record })
      expect(upsert.status).toBe(400)
    }
    expect((await get(app, ta, 'items:list')).body.meta.count).toBe(1)
  })

  it('is not what firstOrCreate and updateOrCreate find', async () => {
    for (const action of ['firstOrCreate', 'updateOrCreate']) {
      const found = await data(post(app, ta, `items:${action}?filterKeys=name`, { name: 'theirs' }))
      expect(found).toMatchObject({ spaceId: world.a })
      expect(found.id).not.toBe(theirs.id)
      await data(post(app, ta, `items:destroy/${found.id}`))
    }
    await expectUntouched()
  })
})

describe('what a token says of its space and role', () => {
  it('never takes it elsewhere', async () => {
    const ids = async (path: string, headers: Record<string, string> = {}): Promise<unknown> => {
      const answer = await app.request('GET', `/api/${path}`, {
        headers: { 'x-undb-api-token': ta.spaceToken ?? '', ...headers },
      })
      return answer.status === 200 ? answer.body.data.map(({ id }: { id: number }) => id) : answer.status
    }
    expect(await ids('items:list', { 'X-Space': String(world.b) })).toBe(400)
    for (const query of [`spaceId=${world.b}`, `space=${world.b}`, `filter[spaceId]=${world.b}`]) {
      expect([[mine.id], [], 400]).toContainEqual(await ids(`items:list?${query}`))
    }
    for (const role of ['owner', 'root', 'admin']) {
      expect(await ids('items:list', { 'X-Role': role })).toEqual([mine.id])
      expect(await ids('users:list', { 'X-Role': role })).toBe(403)
    }
  })
})

describe('a hidden field', () => {
  it.each([
    `items:list?fields=secret`,
    `items:list?filter=${text({ secret: { $startsWith: 'a' } })}`,
    `items:list?sort=secret`,
    `lists:list?filter=${text({ 'items.secret': 'a' })}`,
    `lists:list?fields=items.secret`,
  ])('400, whatever it holds: %s', async (path) => expect((await get(app, ta, path)).status).toBe(400))
})

describe('dangerous calls', () => {
  it.each(['?forceUpdate=true', '?truncate=1', '?filter={}', '?filterByTk[]=', '?filter={"$and":[]}'])(
    '400: %s',
    async (query) => {
      expect((await post(app, ta, `items:destroy${query}`)).status).toBe(400)
      expect((await post(app, ta, `items:update${query}`, { name: 'all' })).status).toBe(400)
      expect((await get(app, ta, 'items:list')).body.data).toMatchObject([{ name: 'mine' }])
    },
  )

  it.each(['constructor', '__proto__', 'list:list', 'LIST', 'list%00', 'toString'])('404: %s', async (action) => {
    for (const path of [`items:${action}`, `spaces:${action}`, `spaces/${world.a}/tokens:${action}`]) {
      expect((await post(app, path.startsWith('items') ? ta : world.ann, path)).status).toBe(404)
    }
  })
})

describe('a token on what is not divided', () => {
  it.each([
    ...['users', 'roles', 'grants', 'plugins', 'collections', 'sessions', 'plain', 'spaces', 'spaceMembers'],
    ...['spaceTokens', 'spaceTokenEvents'],
  ])('403, whatever anybody else may: %s', async (resource) => {
    if (resource === 'plain') {
      await app.collection('plain', { title: 'string' })
      for (const role of ['anonymous', 'member']) await app.grant(role, 'plain', ['*'])
    }
    const isThere = (await get(app, { token: await app.signIn('root') }, `${resource}:list`)).status !== 404
    expect(await outcome(get(app, ta, `${resource}:list`))).toBe(isThere ? '403 NO_PERMISSION' : '404 NOT_FOUND')
    const create = await post(app, ta, `${resource}:create`, {})
    expect([403, 404]).toContain(create.status)
  })

  it.each([
    ['auth:changePassword', { oldPassword: 'a', newPassword: 'b' }],
    ['auth:signOut', undefined],
  ])('403: %s', async (path, body) => {
    expect((await post(app, ta, path, body)).status).toBe(403)
    expect((await get(app, ta, 'items:list')).status).toBe(200)
  })
})

it('two members of one space see the same; what narrows a token narrows nobody else', async () => {
  const pat = await app.user('pat')
  await addMember(app, world.ann, world.a, pat, 'viewer')
  await makeToken(app, world.ann, world.a, { scopes: [{ resource: 'items', actions: ['get'] }] })
  expect(await data(get(app, pat, 'items:list'))).toEqual(await data(get(app, ta, 'items:list')))
})
