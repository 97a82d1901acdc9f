import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineCollection, definePlugin, f } from '@postern/core'
import { expectCleanDisable, type TestApp } from '@postern/testkit'
import apiKeys from '../../plugin-api-keys/src/index.js'
import spaceTokens from '../src/index.js'
import {
  createWorld,
  data,
  defineSpaced,
  expectNotFound,
  get,
  makeSpace,
  outcome,
  post,
  type World,
} from './space-app.js'

const notes = defineCollection('notes', { text: f.string() }, { spaced: true })
const notesPlugin = definePlugin({ name: 'notes', collections: [notes], setup: () => undefined })

let world: World
let app: TestApp
beforeAll(async () => {
  world = await createWorld({ plugins: [apiKeys], availablePlugins: [notesPlugin] })
  app = world.app
})
afterAll(() => app.close())

const root = async () => ({ token: await app.signIn('root') })

describe('a collection that is divided', () => {
  it('in code', async () => {
    await app.application.plugins.enable('notes', 'test')
    expect(await data(post(app, world.ta, 'notes:create', { text: 'mine' }))).toMatchObject({ spaceId: world.a })
    expect(await data(get(app, world.tb, 'notes:list'))).toEqual([])
  })

  it('has an index that begins with the space, and says so in its definition', async () => {
    const { rows } = await app.application.db.sql`SELECT indexdef FROM pg_indexes WHERE tablename = 'tasks' ORDER BY 1`
    const definitions = rows.map(({ indexdef }) => String(indexdef).replace(/^.*USING btree /, ''))
    expect(definitions).toEqual(expect.arrayContaining(['("spaceId", id)', '("spaceId", title)']))
    expect(await data(get(app, await root(), 'collections:get/tasks'))).toMatchObject({ spaced: true })
    expect((await get(app, await root(), 'collections:get/tasks')).text).not.toContain('partition')
  })

  it('made so later: says which space takes the records that are there', async () => {
    const admin = await root()
    await app.collection('later', { title: { type: 'string', unique: true } })
    await data(post(app, admin, 'later:create', [{ title: 'one' }, { title: 'two' }]))
    const update = (body: object) => post(app, admin, 'collections:update/later', body)
    expect(await update({ spaced: true })).toMatchObject({ status: 409, body: { errors: [{ path: 'spaceId' }] } })
    expect(await outcome(update({ spaced: true, spaceId: 99_999 }))).toBe('400 INVALID_VALUE')
    expect(await outcome(update({ spaced: 'yes' }))).toBe('400 INVALID_VALUE')
    expect(await data(update({ spaced: true, spaceId: world.a }))).toMatchObject([{ spaced: true }])
    expect(await data(get(app, world.ta, 'later:list?fields=title,spaceId'))).toEqual([
      { title: 'one', spaceId: world.a },
      { title: 'two', spaceId: world.a },
    ])
    expect(await data(get(app, world.tb, 'later:list'))).toEqual([])
    expect(await outcome(post(app, world.tb, 'later:create', { title: 'one' }))).toBe('200')
    expect(await outcome(post(app, world.ta, 'later:create', { title: 'one' }))).toBe('409 CONFLICT')
    expect(await outcome(update({ spaced: false }))).toBe('409 CONFLICT')
    const added = await post(app, admin, 'collections/later/fields:create', {
      name: 'code',
      type: 'string',
      unique: true,
    })
    expect(added.status).toBe(200)
    await data(post(app, world.ta, 'later:create', { title: 'x', code: 'c' }))
    expect(await outcome(post(app, world.tb, 'later:create', { title: 'x', code: 'c' }))).toBe('200')
  })

  it('numbers and single choices are those of one space', async () => {
    await defineSpaced(app, 'places', [
      { name: 'sort', type: 'sort' },
      { name: 'main', type: 'radio' },
    ])
    const first = await data(post(app, world.ta, 'places:create', { main: true }))
    expect(first).toMatchObject({ sort: 1, main: true })
    expect(await data(post(app, world.tb, 'places:create', { main: true }))).toMatchObject({ sort: 1, main: true })
    expect(await data(get(app, world.ta, `places:get/${first.id}`))).toMatchObject({ main: true })
  })
})

describe('relations between divided collections', () => {
  it('lead to records of the same space only', async () => {
    await defineSpaced(app, 'lists', [{ name: 'name', type: 'string' }])
    await defineSpaced(app, 'items', [
      { name: 'name', type: 'string' },
      { name: 'list', type: 'belongsTo', target: 'lists' },
      { name: 'tags', type: 'belongsToMany', target: 'lists' },
    ])
    const field = { name: 'items', type: 'hasMany', target: 'items', foreignKey: 'listId' }
    expect(await outcome(post(app, await root(), 'collections/lists/fields:create', field))).toBe('200')
    const [mine, theirs] = [
      await data(post(app, world.ta, 'lists:create', { name: 'mine' })),
      await data(post(app, world.tb, 'lists:create', { name: 'theirs' })),
    ]
    expect(await outcome(post(app, world.ta, 'items:create', { name: 'x', listId: theirs.id }))).toBe(
      '400 INVALID_VALUE',
    )
    const item = await data(post(app, world.ta, 'items:create', { name: 'x', listId: mine.id }))
    expect(await outcome(post(app, world.ta, `items:update/${item.id}`, { listId: theirs.id }))).toBe(
      '400 INVALID_VALUE',
    )
    await expectNotFound(post(app, world.ta, `items/${item.id}/tags:add`, [theirs.id]))
    await data(post(app, world.ta, `items/${item.id}/tags:add`, [mine.id]))
    await expectNotFound(get(app, world.ta, `lists/${theirs.id}/items:list`))
    await expectNotFound(post(app, world.tb, `lists/${theirs.id}/items:add`, [item.id]))
    expect(await data(get(app, world.ta, `items:get/${item.id}?appends=list,tags`))).toMatchObject({
      list: { name: 'mine' },
      tags: [{ name: 'mine' }],
    })
    expect(await data(get(app, world.tb, 'items:list?appends=list'))).toEqual([])
    expect(await data(post(app, world.ta, `lists/${mine.id}/items:create`, { name: 'under' }))).toMatchObject({
      spaceId: world.a,
      listId: mine.id,
    })
  })
})

describe('an API key', () => {
  it('is narrowed by its role and its scopes, within what its owner is in the space', async () => {
    const { a, b } = world
    await app.grant('reader', 'tasks', ['list'])
    const zoe = await app.user('zoe', { roles: ['reader'] })
    const space = await makeSpace(app, zoe, 'Z')
    await data(post(app, { token: zoe.token, space }, 'tasks:create', { title: 'hers' }))
    const key = await data(post(app, zoe, 'apiKeys:create', { name: 'k', role: 'reader' }))
    const caller = { token: key.token }
    expect(await data(get(app, caller, 'tasks:list'))).toMatchObject([{ title: 'hers', spaceId: space }])
    expect(await outcome(post(app, caller, 'tasks:create', { title: 'no' }))).toBe('403 NO_PERMISSION')
    await expectNotFound(get(app, { ...caller, space: a }, 'tasks:list'))
    await expectNotFound(get(app, { ...caller, space: b }, 'tasks:list'))
    expect(await outcome(post(app, caller, `spaces/${space}/tokens:create`, { name: 'x' }))).toBe('403 NO_PERMISSION')
  })
})

describe('with the plugin off', () => {
  it('divided collections are there for root only, and nothing is written without a space', async () => {
    const { ta, ann } = world
    const admin = await root()
    const before = await data(get(app, ta, 'tasks:list'))
    await app.application.plugins.disable('space-tokens', 'test')
    expect(await outcome(get(app, ta, 'tasks:list'))).toBe('401 INVALID_TOKEN')
    await app.grant('member', 'tasks', ['*'])
    await app.grant('anonymous', 'notes', ['*'])
    await expectNotFound(get(app, ann, 'tasks:list'))
    await expectNotFound(post(app, ann, 'tasks:create', { title: 'no' }))
    await expectNotFound(get(app, ann, 'notes:list'))
    await expectNotFound(get(app, {}, 'notes:list'))
    expect(await outcome(get(app, admin, 'tasks:list'))).toBe('200')
    expect(await outcome(post(app, admin, 'tasks:create', { title: 'without' }))).toBe('400 INVALID_VALUE')
    expect(await outcome(post(app, admin, 'notes:create', { text: 'without' }))).toBe('400 INVALID_VALUE')
    expect(await outcome(post(app, admin, 'collections:create', { name: 'open', spaced: true }))).toBe(
      '400 UNKNOWN_FIELD',
    )
    await app.application.plugins.enable('space-tokens', 'test')
    expect(await data(get(app, ta, 'tasks:list'))).toEqual(before)
    expect(await outcome(get(app, ann, 'notes:list'))).toBe('200')
  })

  it('nothing of it remains', () => expectCleanDisable(spaceTokens))
})
