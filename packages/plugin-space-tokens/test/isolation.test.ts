import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createWorld, data, expectNotFound, get, outcome, post, ask, type World } from './space-app.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.app.close())

describe('a space token', () => {
  it('writes into its space, stamped by the server, in the name of its maker', async () => {
    const { app, ta, a, ann } = world
    const made = await data(post(app, ta, 'tasks:create', { title: 'first' }))
    expect(made).toMatchObject({ title: 'first', spaceId: a, createdById: ann.id, done: false })
    expect(await outcome(post(app, ta, 'tasks:create', { title: 'x', spaceId: world.b }))).toBe('400 READONLY_FIELD')
    expect(await data(get(app, ta, 'tasks:list'))).toEqual([made])
    expect((await get(app, world.tb, 'tasks:list')).body).toMatchObject({ data: [], meta: { count: 0 } })
  })

  it('sees and changes nothing of another space', async () => {
    const { app, ta, tb } = world
    const { id } = await data(post(app, tb, 'tasks:create', { title: 'secret' }))
    await expectNotFound(get(app, ta, `tasks:get/${id}`))
    await expectNotFound(post(app, ta, `tasks:update/${id}`, { title: 'stolen' }))
    await expectNotFound(post(app, ta, `tasks:destroy/${id}`))
    expect(await data(get(app, ta, `tasks:list?filter=${encodeURIComponent('{"title":"secret"}')}`))).toEqual([])
    expect(await data(get(app, ta, `tasks:list?filter[spaceId]=${world.b}`))).toEqual([])
    expect(await data(post(app, ta, `tasks:destroy?filterByTk=${id},${id}`))).toBe(0)
    expect(await data(post(app, ta, `tasks:update?filter[title]=secret`, { done: true }))).toEqual([])
    expect(await data(get(app, tb, `tasks:get/${id}`))).toMatchObject({ title: 'secret', done: false })
    expect(await outcome(get(app, ta, `tasks:list?spaceId=${world.b}`))).toMatch(/^(200|400)/)
  })

  it('unique is unique within a space, and a clash tells of none other', async () => {
    const { app, ta, tb } = world
    await data(post(app, tb, 'tasks:create', { title: 'same' }))
    await data(post(app, ta, 'tasks:create', { title: 'same' }))
    const clash = await post(app, ta, 'tasks:create', { title: 'same' })
    expect(clash).toMatchObject({ status: 409, body: { errors: [{ code: 'CONFLICT' }] } })
    expect(clash.text).not.toContain(`spaceId=`)
  })

  it('X-Space and X-Role cannot take it elsewhere', async () => {
    const { app, ta, a, b } = world
    expect(await outcome(get(app, { ...ta, space: b }, 'tasks:list'))).toBe('400 INVALID_QUERY')
    expect(await outcome(get(app, { ...ta, space: a }, 'tasks:list'))).toBe('200')
    const answer = await app.request('GET', '/api/tasks:list', {
      headers: { 'x-undb-api-token': ta.spaceToken ?? '', 'X-Role': 'owner' },
    })
    expect(answer.status).toBe(200)
  })

  it('is closed out of everything that is not divided', async () => {
    const { app, ta } = world
    await app.collection('plain', { title: 'string' })
    await app.grant('anonymous', 'plain', ['list'])
    for (const path of ['users:list', 'roles:list', 'plugins:list', 'plain:list', 'spaces:list', 'spaceTokens:list']) {
      expect(`${path} ${await outcome(get(app, ta, path))}`).toBe(`${path} 403 NO_PERMISSION`)
    }
    expect(await outcome(get(app, ta, `spaces/${world.a}/members:list`))).toBe('403 NO_PERMISSION')
    expect(await outcome(post(app, ta, `spaces/${world.a}/tokens:create`, { name: 'x' }))).toBe('403 NO_PERMISSION')
    expect(await data(get(app, ta, 'auth:check'))).toMatchObject({
      id: world.ann.id,
      roles: [],
      credential: { kind: 'spaceToken', name: 'ci', spaceId: world.a },
    })
  })

  it('with another credential beside it: 400; cut or changed: 401', async () => {
    const { app, ta, ann } = world
    expect(await outcome(get(app, { ...ta, token: ann.token }, 'tasks:list'))).toBe('400 AMBIGUOUS_CREDENTIALS')
    const text = ta.spaceToken ?? ''
    for (const bad of [
      text.slice(0, -1),
      `${text}a`,
      text.toUpperCase(),
      text.replace(/.$/, (c) => (c === 'x' ? 'y' : 'x')),
    ]) {
      expect(await outcome(get(app, { spaceToken: bad }, 'tasks:list'))).toBe('401 INVALID_TOKEN')
    }
  })
})

describe('a session', () => {
  it('names its space where it has several, and only then', async () => {
    const { app, ann, bob, a, b } = world
    expect(await outcome(get(app, ann, 'tasks:list'))).toBe('200')
    const other = (await data(post(app, ann, 'spaces:create', { name: 'second' }))).id
    expect(await outcome(get(app, ann, 'tasks:list'))).toBe('400 SPACE_REQUIRED')
    expect(await data(get(app, { token: ann.token, space: other }, 'tasks:list'))).toEqual([])
    expect(await outcome(get(app, { token: ann.token, space: a }, 'tasks:list'))).toBe('200')
    await expectNotFound(get(app, { token: ann.token, space: b }, 'tasks:list'))
    await expectNotFound(get(app, { token: ann.token, space: 999_999 }, 'tasks:list'))
    await expectNotFound(get(app, { token: ann.token, space: 'x' }, 'tasks:list'))
    const twice = await app.request('GET', '/api/tasks:list', {
      token: ann.token,
      headers: [
        ['X-Space', String(a)],
        ['X-Space', String(a)],
      ],
    })
    expect(twice.status).toBe(400)
    expect(await outcome(get(app, { token: bob.token, space: a }, 'spaces:list'))).toBe('200')
    await data(ask(app, ann, 'POST', `/api/spaces:destroy/${other}`))
    expect(await outcome(get(app, ann, 'tasks:list'))).toBe('200')
  })

  it('of no member: 403; of nobody: 401', async () => {
    const { app } = world
    const eve = await app.user('eve', { roles: ['admin'] })
    await app.grant('admin', 'tasks', ['*'])
    expect(await outcome(get(app, eve, 'tasks:list'))).toBe('403 NO_PERMISSION')
    expect(await outcome(get(app, {}, 'tasks:list'))).toBe('401 EMPTY_TOKEN')
  })
})
