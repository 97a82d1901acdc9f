import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestUser } from '@postern/testkit'
import { addMember, createWorld, data, expectNotFound, get, makeToken, outcome, post, type World } from './space-app.js'

let world: World
let cleo: TestUser
let dan: TestUser
beforeAll(async () => {
  world = await createWorld()
  cleo = await world.app.user('cleo')
  dan = await world.app.user('dan')
})
afterAll(() => world.app.close())

describe('spaces', () => {
  it('are seen by their members only, and renamed and deleted by owners only', async () => {
    const { app, ann, bob, a } = world
    expect(await data(get(app, ann, 'spaces:list'))).toMatchObject([{ id: a, name: 'A' }])
    expect(await data(get(app, ann, `spaces:get/${a}`))).toMatchObject({ id: a, name: 'A', createdById: ann.id })
    await expectNotFound(get(app, bob, `spaces:get/${a}`))
    await expectNotFound(post(app, bob, `spaces:update/${a}`, { name: 'x' }))
    await expectNotFound(post(app, bob, `spaces:destroy/${a}`))
    await expectNotFound(get(app, bob, `spaces/${a}/members:list`))
    await addMember(app, ann, a, cleo, 'admin')
    expect(await outcome(post(app, cleo, `spaces:update/${a}`, { name: 'x' }))).toBe('403 NO_PERMISSION')
    expect(await outcome(post(app, cleo, `spaces:destroy/${a}`))).toBe('403 NO_PERMISSION')
    expect(await data(post(app, ann, `spaces:update/${a}`, { name: 'A2' }))).toMatchObject([{ name: 'A2' }])
    expect(await outcome(post(app, ann, `spaces:update/${a}`, { deletedAt: null }))).toMatch(/^400/)
  })

  it('are deleted softly: tokens end, members lose it, an owner restores it within 30 days', async () => {
    const { app, ann } = world
    const id = (await data(post(app, ann, 'spaces:create', { name: 'gone' }))).id
    const token = await makeToken(app, ann, id)
    await data(post(app, token, 'tasks:create', { title: 'kept' }))
    expect(await data(post(app, ann, `spaces:destroy/${id}`))).toBe(1)
    expect(await outcome(get(app, token, 'tasks:list'))).toBe('401 INVALID_TOKEN')
    await expectNotFound(get(app, ann, `spaces:get/${id}`))
    await expectNotFound(get(app, { ...ann, space: id }, 'tasks:list'))
    await expectNotFound(post(app, world.bob, `spaces:restore/${id}`))
    expect(await data(post(app, ann, `spaces:restore/${id}`))).toMatchObject({ id, name: 'gone' })
    expect(await data(get(app, token, 'tasks:list'))).toMatchObject([{ title: 'kept' }])
  })
})

describe('members', () => {
  it('nobody grants more than he has, twice is a conflict, the last owner stays', async () => {
    const { app, ann, a } = world
    expect(await outcome(post(app, cleo, `spaces/${a}/members:create`, { userId: dan.id, role: 'owner' }))).toBe(
      '403 NO_PERMISSION',
    )
    const row = await addMember(app, cleo, a, dan, 'editor')
    expect(await outcome(post(app, cleo, `spaces/${a}/members:create`, { userId: dan.id, role: 'viewer' }))).toBe(
      '409 CONFLICT',
    )
    const members = await data(get(app, dan, `spaces/${a}/members:list?sort=id`))
    expect(members.map(({ userId, role }: { userId: number; role: string }) => [userId, role])).toEqual([
      [ann.id, 'owner'],
      [cleo.id, 'admin'],
      [dan.id, 'editor'],
    ])
    const [owner] = members
    expect(await outcome(post(app, dan, `spaces/${a}/members:update/${row}`, { role: 'admin' }))).toBe(
      '403 NO_PERMISSION',
    )
    expect(await outcome(post(app, cleo, `spaces/${a}/members:update/${owner.id}`, { role: 'viewer' }))).toBe(
      '403 NO_PERMISSION',
    )
    expect(await outcome(post(app, cleo, `spaces/${a}/members:destroy/${owner.id}`))).toBe('403 NO_PERMISSION')
    expect(await outcome(post(app, ann, `spaces/${a}/members:destroy/${owner.id}`))).toBe('409 CONFLICT')
    expect(await outcome(post(app, ann, `spaces/${a}/members:update/${owner.id}`, { role: 'viewer' }))).toBe(
      '409 CONFLICT',
    )
    expect(await outcome(post(app, ann, `spaces/${a}/members:update/${row}`, { userId: 1 }))).toBe('400 READONLY_FIELD')
    expect(await outcome(post(app, ann, `spaces/${a}/members:create`, { userId: 99999, role: 'viewer' }))).toBe(
      '400 INVALID_VALUE',
    )
    expect(await outcome(post(app, ann, `spaces/${a}/members:create`, { userId: dan.id, role: 'king' }))).toBe(
      '400 INVALID_VALUE',
    )
    await expectNotFound(post(app, ann, `spaces/${world.b}/members:create`, { userId: dan.id, role: 'viewer' }))
    await expectNotFound(post(app, ann, `spaces/${a}/members:update/999999`, { role: 'viewer' }))
  })

  it('their role counts at the next request, for sessions and for tokens', async () => {
    const { app, ann, a } = world
    await data(post(app, dan, 'tasks:create', { title: 'by an editor' }))
    expect(await outcome(post(app, dan, `spaces/${a}/tokens:create`, { name: 'x' }))).toBe('403 NO_PERMISSION')
    const [member] = await data(get(app, ann, `spaces/${a}/members:list?filter[userId]=${dan.id}`))
    await data(post(app, ann, `spaces/${a}/members:update/${member.id}`, { role: 'admin' }))
    const token = await makeToken(app, dan, a)
    expect(await outcome(post(app, token, 'tasks:create', { title: 'by a token' }))).toBe('200')
    await data(post(app, ann, `spaces/${a}/members:update/${member.id}`, { role: 'viewer' }))
    expect(await outcome(get(app, token, 'tasks:list'))).toBe('200')
    expect(await outcome(post(app, token, 'tasks:create', { title: 'no' }))).toBe('403 NO_PERMISSION')
    expect(await outcome(post(app, dan, 'tasks:create', { title: 'no' }))).toBe('403 NO_PERMISSION')
    expect(await data(post(app, dan, `spaces/${a}/members:destroy/${member.id}`))).toBe(1)
    expect(await get(app, token, 'tasks:list')).toMatchObject({ status: 401, body: { errors: [{ reason: 'owner' }] } })
    expect(await outcome(get(app, dan, 'tasks:list'))).toBe('403 NO_PERMISSION')
  })
})

describe('a space that was deleted 31 days ago', () => {
  it('is gone', async () => {
    const { app, ann } = world
    const id = (await data(post(app, ann, 'spaces:create', { name: 'old' }))).id
    await data(post(app, ann, `spaces:destroy/${id}`))
    app.clock.advance(31 * 86_400_000)
    await expectNotFound(post(app, { token: await app.signIn('ann') }, `spaces:restore/${id}`))
  })
})
