import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import apiKeys from '../../plugin-api-keys/src/index.js'
import { purgeSpaces } from '../src/space-actions.js'
import { openEye } from './first-wall.js'
import {
  addMember,
  ask,
  createWorld,
  data,
  expectNotFound,
  get,
  makeSpace,
  makeToken,
  outcome,
  post,
  type Caller,
  type World,
} from './space-app.js'

const day = 86_400_000
let world: World
let app: TestApp
let ann: TestUser
beforeAll(async () => {
  world = await createWorld({ plugins: [apiKeys] })
  ;({ app, ann } = world)
})
afterAll(() => app?.close())

const root = async (): Promise<Caller> => ({ token: await app.signIn('root') })

describe('making a space', () => {
  it('makes its maker the owner', async () => {
    const made = await data(post(app, ann, 'spaces:create', { name: 'New' }))
    expect(made).toMatchObject({ id: expect.any(Number), name: 'New', createdById: ann.id, updatedById: ann.id })
    expect(Object.keys(made).sort()).toEqual(['createdAt', 'createdById', 'id', 'name', 'updatedAt', 'updatedById'])
    expect(await data(get(app, ann, `spaces/${made.id}/members:list`))).toMatchObject([
      { spaceId: made.id, userId: ann.id, role: 'owner' },
    ])
    await data(post(app, ann, `spaces:destroy/${made.id}`))
  })

  it.each([
    [{}, '400 INVALID_VALUE'],
    [{ name: null }, '400 INVALID_VALUE'],
    [{ name: '' }, '400 INVALID_VALUE'],
    [{ name: ' \t' }, '400 INVALID_VALUE'],
    [{ name: 'x'.repeat(256) }, '400 INVALID_VALUE'],
    [{ name: 7 }, '400 INVALID_VALUE'],
    [{ name: 'x', id: 1 }, '400 READONLY_FIELD'],
    [{ name: 'x', createdById: 1 }, '400 READONLY_FIELD'],
    [{ name: 'x', deletedAt: null }, '400 READONLY_FIELD'],
    [{ name: 'x', members: [{ userId: 1 }] }, '400 UNKNOWN_FIELD'],
    [{ name: 'x', colour: 'red' }, '400 UNKNOWN_FIELD'],
  ])('%j: %s', async (body, expected) => {
    expect(await outcome(post(app, ann, 'spaces:create', body))).toBe(expected)
  })

  it('401 for nobody, 403 for a space token and for whom the right was taken from', async () => {
    expect(await outcome(post(app, {}, 'spaces:create', { name: 'x' }))).toBe('401 EMPTY_TOKEN')
    expect(await outcome(post(app, world.ta, 'spaces:create', { name: 'x' }))).toBe('403 NO_PERMISSION')
    await app.grant('reader', 'tasks', ['list'])
    const kay = await app.user('kay', { roles: ['reader', 'member'] })
    const { token } = await data(post(app, kay, 'apiKeys:create', { name: 'k', role: 'reader' }))
    expect(await outcome(post(app, { token }, 'spaces:create', { name: 'x' }))).toBe('403 NO_PERMISSION')
  })
})

describe('the list of spaces', () => {
  it('has those of the caller only, however he asks', async () => {
    const { bob, a, b } = world
    const seen = async (query: string): Promise<number[]> =>
      (await data(get(app, bob, `spaces:list${query}`))).map(({ id }: { id: number }) => id)
    for (const query of ['', `?filter={"id":[${a},${b}]}`, '?sort=-name', '?filter={"$not":{"name":"nothing"}}']) {
      expect(await seen(query)).toEqual([b])
    }
    expect((await get(app, bob, 'spaces:list')).body.meta).toMatchObject({ count: 1 })
    expect(await seen('?filter={"name":"A"}')).toEqual([])
    expect(await seen(`?filterByTk=${a}`)).not.toContain(a)
    for (const query of ['?filter={"members.userId":1}', '?appends=members', '?fields=deletedAt', '?sort=deletedAt']) {
      expect((await get(app, bob, `spaces:list${query}`)).status).toBe(400)
    }
    expect((await data(get(app, await root(), 'spaces:list'))).map(({ id }: { id: number }) => id)).toEqual([a, b])
    expect(await outcome(get(app, {}, 'spaces:list'))).toBe('401 EMPTY_TOKEN')
  })

  it('REST spellings', async () => {
    const { a } = world
    expect(await data(ask(app, ann, 'GET', '/api/spaces'))).toMatchObject([{ id: a }])
    expect(await data(ask(app, ann, 'GET', `/api/spaces/${a}`))).toMatchObject({ id: a })
    const made = await data(ask(app, ann, 'POST', '/api/spaces', { name: 'rest' }))
    expect(await data(ask(app, ann, 'PATCH', `/api/spaces/${made.id}`, { name: 'rest 2' }))).toMatchObject([
      { name: 'rest 2' },
    ])
    const guest = await app.user('guest')
    const members = `/api/spaces/${made.id}/members`
    const row = await data(ask(app, ann, 'POST', members, { userId: guest.id, role: 'viewer' }))
    expect(await data(ask(app, ann, 'GET', members))).toHaveLength(2)
    expect(await data(ask(app, ann, 'PATCH', `${members}/${row.id}`, { role: 'editor' }))).toMatchObject([
      { role: 'editor' },
    ])
    expect(await data(ask(app, ann, 'DELETE', `${members}/${row.id}`))).toBe(1)
    const tokens = `/api/spaces/${made.id}/tokens`
    const token = await data(ask(app, ann, 'POST', tokens, { name: 'rest' }))
    expect(await data(ask(app, ann, 'GET', tokens))).toHaveLength(1)
    expect(await data(ask(app, ann, 'GET', `${tokens}/${token.id}`))).toMatchObject({ name: 'rest' })
    expect(await data(ask(app, ann, 'DELETE', `${tokens}/${token.id}`))).toBe(1)
    expect(await data(ask(app, ann, 'DELETE', `/api/spaces/${made.id}`))).toBe(1)
  })
})

describe('deleting and restoring', () => {
  it('404 for what is deleted, in the list and everywhere else; restored it is as before', async () => {
    const id = await makeSpace(app, ann, 'soft')
    const token = await makeToken(app, ann, id)
    const eva = await app.user('eva')
    await addMember(app, ann, id, eva, 'editor')
    await data(post(app, eva, 'tasks:create', { title: 'kept' }))
    expect(await data(post(app, ann, `spaces:destroy?filterByTk=${id}`))).toBe(1)
    expect((await data(get(app, ann, 'spaces:list'))).map(({ id: each }: { id: number }) => each)).not.toContain(id)
    for (const path of [`spaces:get/${id}`, `spaces/${id}/members:list`, `spaces/${id}/tokens:list`]) {
      await expectNotFound(get(app, ann, path))
    }
    for (const path of [`spaces:update/${id}`, `spaces:destroy/${id}`, `spaces/${id}/tokens:create`]) {
      await expectNotFound(post(app, ann, path, path.includes('destroy') ? undefined : { name: 'x' }))
    }
    expect(await outcome(get(app, token, 'tasks:list'))).toBe('401 INVALID_TOKEN')
    expect(await outcome(get(app, eva, 'tasks:list'))).toBe('403 NO_PERMISSION')
    expect(await data(get(app, await root(), 'tasks:list?filter={"title":"kept"}'))).toHaveLength(1)
    app.clock.advance(29 * day)
    const again = { token: await app.signIn('ann') }
    expect(await data(post(app, again, `spaces:restore/${id}`))).toMatchObject({ id, name: 'soft' })
    expect(await data(get(app, { token: await app.signIn('eva') }, 'tasks:list'))).toMatchObject([{ title: 'kept' }])
    expect(await outcome(post(app, again, `spaces:restore/${id}`))).toBe('409 CONFLICT')
  })

  it('several at once: those that are there; none where one is not the caller’s to delete', async () => {
    const ina = await app.user('ina')
    const [one, two, three] = [
      await makeSpace(app, ina, '1'),
      await makeSpace(app, ina, '2'),
      await makeSpace(app, ina, '3'),
    ]
    const theirs = await makeSpace(app, await app.user('ivo'), 'ivo')
    expect(await data(post(app, ina, `spaces:destroy?filterByTk=${one},${theirs},999999`))).toBe(1)
    await data(
      post(app, { token: await app.signIn('ivo') }, `spaces/${theirs}/members:create`, {
        userId: ina.id,
        role: 'admin',
      }),
    )
    expect(await outcome(post(app, ina, `spaces:destroy?filterByTk=${two},${theirs}`))).toBe('403 NO_PERMISSION')
    expect(await data(post(app, ina, `spaces:destroy?filterByTk=[${two},${three},${two}]`))).toBe(2)
    expect((await data(get(app, ina, 'spaces:list'))).map(({ id }: { id: number }) => id)).toEqual([theirs])
  })

  it('is for owners: others are told nothing of a deleted one', async () => {
    const owner = await app.user('owner')
    const id = await makeSpace(app, owner, 'mine')
    const admin = await app.user('admin-of-mine')
    await addMember(app, owner, id, admin, 'admin')
    await data(post(app, owner, `spaces:destroy/${id}`))
    for (const caller of [admin, { token: await app.signIn('bob') }])
      await expectNotFound(post(app, caller, `spaces:restore/${id}`))
    for (const key of ['999999', 'abc', '1e3']) await expectNotFound(post(app, owner, `spaces:restore/${key}`))
    expect(await data(post(app, await root(), `spaces:restore/${id}`))).toMatchObject({ id })
  })

  it.each(['', '?filter={}', '?filterByTk='])('400 for no space: %s', async (query) => {
    const caller = { token: await app.signIn('ann') }
    expect((await post(app, caller, `spaces:destroy${query}`)).status).toBe(400)
    expect((await post(app, caller, `spaces:update${query}`, { name: 'all' })).status).toBe(400)
    expect((await get(app, caller, `spaces:get/${world.a}`)).body.data.name).toBe('A')
  })

  it('after 30 days it is gone for good, with its records, members and tokens; nothing of others', async () => {
    const owner = await app.user('late')
    const id = await makeSpace(app, owner, 'old')
    await makeToken(app, owner, id, { expiresIn: 'never' })
    await data(post(app, owner, 'tasks:create', { title: 'old' }))
    await data(post(app, owner, `spaces:destroy/${id}`))
    const { db } = app.application
    const eye = await openEye(app)
    const left = async (): Promise<unknown[]> => {
      const rows = await eye.run(`
        SELECT 'space' AS what FROM spaces WHERE id = ${id} UNION ALL SELECT 'task' FROM tasks WHERE "spaceId" = ${id}
        UNION ALL SELECT 'member' FROM "spaceMembers" WHERE "spaceId" = ${id}
        UNION ALL SELECT 'token' FROM "spaceTokens" WHERE "spaceId" = ${id}`)
      return rows.map(({ what }) => what)
    }
    const othersThere = () => eye.run(`SELECT count(*) AS "count" FROM tasks WHERE "spaceId" <> ${id}`)
    const others = await othersThere()
    app.clock.advance(29 * day)
    await purgeSpaces(db, app.clock.now())
    expect(await left()).toEqual(['space', 'task', 'member', 'token'])
    app.clock.advance(2 * day)
    await expectNotFound(post(app, { token: await app.signIn('late') }, `spaces:restore/${id}`))
    await purgeSpaces(db, app.clock.now())
    expect(await left()).toEqual([])
    expect(await othersThere()).toEqual(others)
    await eye.close()
    expect(await outcome(get(app, { token: await app.signIn('ann') }, `spaces:get/${world.a}`))).toBe('200')
  })
})
