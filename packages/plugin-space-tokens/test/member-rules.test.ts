import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import { addMember, createWorld, data, expectNotFound, get, makeSpace, outcome, post, type World } from './space-app.js'

let world: World
let app: TestApp
let owner: TestUser
let space: number
let path: string
let serial = 0
beforeAll(async () => {
  world = await createWorld()
  app = world.app
  owner = await app.user('the-owner')
  space = await makeSpace(app, owner, 'rules')
  path = `spaces/${space}/members`
})
afterAll(() => app?.close())

const guest = (): Promise<TestUser> => app.user(`guest-${serial++}`)
/** Somebody who is in the space, with his row there. */
async function member(role: string): Promise<{ readonly user: TestUser; readonly row: number }> {
  const user = await guest()
  return { user, row: await addMember(app, owner, space, user, role) }
}
const create = (by: TestUser, body: unknown) => outcome(post(app, by, `${path}:create`, body))
const update = (by: TestUser, row: number, role: unknown) => outcome(post(app, by, `${path}:update/${row}`, { role }))
const destroy = (by: TestUser, row: number) => outcome(post(app, by, `${path}:destroy/${row}`))

describe('nobody grants or takes more than he has', () => {
  it.each([
    ['admin', 'admin', '200'],
    ['admin', 'owner', '403 NO_PERMISSION'],
    ['owner', 'owner', '200'],
    ['editor', 'viewer', '403 NO_PERMISSION'],
    ['viewer', 'viewer', '403 NO_PERMISSION'],
  ])('%s adds %s, and makes a viewer that: %s', async (role, given, expected) => {
    const { user } = await member(role)
    expect(await create(user, { userId: (await guest()).id, role: given })).toBe(expected)
    expect(await update(user, (await member('viewer')).row, given)).toBe(expected)
  })

  it('not to himself either, and not from whom has more', async () => {
    const [admin, viewer, other] = [await member('admin'), await member('viewer'), await member('owner')]
    expect(await update(admin.user, admin.row, 'owner')).toBe('403 NO_PERMISSION')
    expect(await update(viewer.user, viewer.row, 'editor')).toBe('403 NO_PERMISSION')
    expect(await update(admin.user, other.row, 'viewer')).toBe('403 NO_PERMISSION')
    expect(await destroy(admin.user, other.row)).toBe('403 NO_PERMISSION')
    expect(await destroy(viewer.user, admin.row)).toBe('403 NO_PERMISSION')
    expect(await update(admin.user, admin.row, 'editor')).toBe('200')
    expect(await destroy(other.user, other.row)).toBe('200')
  })

  it('also not in a list of which the rest would be allowed: none is added', async () => {
    const { user } = await member('admin')
    const [one, two] = [await guest(), await guest()]
    const before = (await get(app, owner, `${path}:list`)).body.meta.count
    const list = [
      { userId: one.id, role: 'viewer' },
      { userId: two.id, role: 'owner' },
    ]
    expect(await create(user, list)).toBe('403 NO_PERMISSION')
    expect((await get(app, owner, `${path}:list`)).body.meta.count).toBe(before)
    expect(await create(owner, list)).toBe('200')
  })
})

describe('a body that makes no sense', () => {
  it.each([
    [{}, '400 INVALID_VALUE'],
    [{ role: 'viewer' }, '400 INVALID_VALUE'],
    [{ userId: 1 }, '400 INVALID_VALUE'],
    [{ userId: null, role: 'viewer' }, '400 INVALID_VALUE'],
    [{ userId: 'ann', role: 'viewer' }, '400 INVALID_VALUE'],
    [{ userId: 999_999, role: 'viewer' }, '400 INVALID_VALUE'],
    [{ userId: 1, role: null }, '400 INVALID_VALUE'],
    [{ userId: 1, role: 'Viewer' }, '400 INVALID_VALUE'],
    [{ userId: 1, role: ['viewer'] }, '400 INVALID_VALUE'],
    [{ userId: 1, role: 'viewer', spaceId: 1 }, '400 READONLY_FIELD'],
    [{ userId: 1, role: 'viewer', id: 1 }, '400 READONLY_FIELD'],
    [{ userId: 1, role: 'viewer', colour: 'red' }, '400 UNKNOWN_FIELD'],
  ])('%j: %s', async (body, expected) => expect(await create(owner, body)).toBe(expected))

  it('an update of what is no role, or of whose row it is', async () => {
    const { row } = await member('viewer')
    for (const role of [null, 'king', '', 7]) expect(await update(owner, row, role)).toBe('400 INVALID_VALUE')
    expect(await outcome(post(app, owner, `${path}:update/${row}`, { spaceId: world.a }))).toBe('400 READONLY_FIELD')
    expect(await outcome(post(app, owner, `${path}:update?filter={}`, { role: 'viewer' }))).toBe('400 EMPTY_FILTER')
    expect(await outcome(post(app, owner, `${path}:destroy`))).toMatch(/^400/)
  })
})

describe('twice', () => {
  it('409, one after the other or at once, and the first role stays', async () => {
    const user = await guest()
    const both = await Promise.all(['viewer', 'editor'].map((role) => create(owner, { userId: user.id, role })))
    expect(both.sort()).toEqual(['200', '409 CONFLICT'])
    expect(await create(owner, { userId: user.id, role: 'admin' })).toBe('409 CONFLICT')
    const rows = await data(get(app, owner, `${path}:list?filter[userId]=${user.id}`))
    expect(rows).toHaveLength(1)
    expect(rows[0].role).not.toBe('admin')
  })
})

describe('the last owner', () => {
  it('stays: not lowered, not taken out, not by a filter, not with others', async () => {
    const boss = await app.user('boss')
    const own = await makeSpace(app, boss, 'own')
    const [{ id }] = await data(get(app, boss, `spaces/${own}/members:list`))
    const row = await addMember(app, boss, own, await guest(), 'viewer')
    const call = (rest: string, body?: object) => outcome(post(app, boss, `spaces/${own}/members:${rest}`, body))
    expect(await call(`destroy/${id}`)).toBe('409 CONFLICT')
    expect(await call(`update/${id}`, { role: 'admin' })).toBe('409 CONFLICT')
    expect(await call(`destroy?filterByTk=${id},${row}`)).toBe('409 CONFLICT')
    expect(await call('destroy?filter={"role":"owner"}')).toBe('409 CONFLICT')
    expect(await call('update?filter={"id":{"$gt":0}}', { role: 'editor' })).toBe('409 CONFLICT')
    expect((await get(app, boss, `spaces/${own}/members:list`)).body.meta.count).toBe(2)
    expect(await call(`update/${row}`, { role: 'owner' })).toBe('200')
    expect(await call(`destroy/${id}`)).toBe('200')
  })

  it('of two who leave at once one stays', async () => {
    const [one, two] = [await app.user('one'), await app.user('two')]
    const own = await makeSpace(app, one, 'both')
    await addMember(app, one, own, two, 'owner')
    const rows = await data(get(app, one, `spaces/${own}/members:list?sort=id`))
    const leave = (user: TestUser, id: number) => outcome(post(app, user, `spaces/${own}/members:destroy/${id}`))
    const answers = await Promise.all([leave(one, rows[0].id), leave(two, rows[1].id)])
    expect(answers.filter((answer) => answer === '200')).toHaveLength(1)
  })
})

describe('who is no member', () => {
  it('404 for the members of another space, by whatever address, and they stay', async () => {
    const [theirs] = await data(get(app, world.ann, `spaces/${world.a}/members:list`))
    for (const [where, id] of [
      [space, theirs.id],
      [world.a, theirs.id],
      [world.a, 999_999],
      [space, 'abc'],
    ]) {
      await expectNotFound(get(app, owner, `spaces/${where}/members:get/${id}`))
      await expectNotFound(post(app, owner, `spaces/${where}/members:update/${id}`, { role: 'viewer' }))
      await expectNotFound(post(app, owner, `spaces/${where}/members:destroy/${id}`))
    }
    expect(await outcome(get(app, owner, 'spaceMembers:list'))).toBe('403 NO_PERMISSION')
    expect(await outcome(post(app, owner, 'spaceMembers:create', { userId: 1, role: 'owner' }))).toBe(
      '403 NO_PERMISSION',
    )
    expect(await data(get(app, world.ann, `spaces/${world.a}/members:list`))).toEqual([theirs])
  })
})
