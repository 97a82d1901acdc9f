import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { countRows, get, outcome, post, withoutTraces } from '../calls.js'

let app: TestApp
let ada: TestUser
let mine: number
let foreign: number
const own = { where: { createdById: '{{$user.id}}' } }

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('todos', { title: 'string', state: 'string', weight: 'integer' })
  await app.grant('owner', 'todos', ['*'], own)
  await app.grant('worker', 'todos', ['list', 'get', 'create', 'update'], {
    where: { state: { $in: ['open', 'done'] } },
  })
  ada = await app.user('ada', { roles: ['owner'] })
  const bob = await app.user('bob', { roles: ['owner'] })
  mine = (await post(app, 'todos:create', ada.token, { title: 'mine', state: 'open', weight: 1 })).body.data.id
  foreign = (await post(app, 'todos:create', bob.token, { title: 'foreign', state: 'secret', weight: 2 })).body.data.id
})
afterAll(() => app?.close())

const ask = (path: string, body?: unknown) =>
  body === undefined ? get(app, path, ada.token) : post(app, path, ada.token, body)
const idsOf = ({ body }: { body: { data: { id: number }[] } }) => body.data.map(({ id }) => id)

describe('a row outside the rule', () => {
  it('is 404 by its key, to the byte like one that never was', async () => {
    for (const spelling of ['todos:get/#', 'todos/#', 'todos:get?filterByTk=#']) {
      const answers = await Promise.all(
        [foreign, 999_999].map(async (id) => withoutTraces(await ask(spelling.replace('#', String(id))))),
      )
      expect(answers[0]).toMatchObject({ status: 404 })
      expect(answers[0]).toEqual(answers[1])
    }
  })

  it('is absent from lists, filters and counts', async () => {
    for (const query of [
      '',
      '?filter={"title":"foreign"}',
      '?filter={"$or":[{"title":"foreign"},{"title":"mine"}]}',
      '?filter={"$not":{"title":"mine"}}',
      '?filter={"state":{"$ne":"open"}}',
      '?sort=-title',
      '?paginate=false',
      '?count=false',
      '?pageSize=1&page=2',
      `?filter={"createdById":${ada.id + 1}}`,
      `?filterByTk=${foreign}`,
    ]) {
      const answer = await ask(`todos:list${query}`)
      expect(answer.status).toBe(200)
      expect([query, idsOf(answer).filter((id) => id !== mine)]).toEqual([query, []])
    }
    expect((await ask('todos:list')).body.meta).toMatchObject({ count: 1, totalPage: 1 })
    expect((await ask('todos:list?filter={"title":"foreign"}')).body.meta.count).toBe(0)
    expect((await ask('todos:list?count=false&pageSize=1')).body.meta.hasNext).toBe(false)
  })

  it('is 404 to get, whatever the filter', async () => {
    expect((await ask('todos:get?filter={"title":"foreign"}')).status).toBe(404)
    expect((await ask(`todos:get/${foreign}?filter={"$or":[{"id":${foreign}},{"id":{"$gt":0}}]}`)).status).toBe(404)
  })

  it('is 404 to change or delete, and stays as it was', async () => {
    const before = (await app.as('root').call('todos', 'get', undefined, { key: foreign })) as object
    for (const [method, path] of [
      ['POST', `todos:update/${foreign}`],
      ['POST', `todos:update?filterByTk=${foreign}`],
      ['PUT', `todos/${foreign}`],
      ['PATCH', `todos/${foreign}`],
      ['POST', `todos:destroy/${foreign}`],
      ['POST', `todos:destroy?filterByTk=${foreign}`],
      ['DELETE', `todos/${foreign}`],
    ] as const) {
      const body = path.includes('destroy') || method === 'DELETE' ? {} : { title: 'stolen' }
      const answer = await app.request(method, `/api/${path}`, { token: ada.token, body })
      expect([method, path, outcome(answer)]).toEqual([method, path, '404 NOT_FOUND'])
    }
    expect(await app.as('root').call('todos', 'get', undefined, { key: foreign })).toEqual(before)
  })

  it('is left out of changes by filter and by several keys', async () => {
    expect(idsOf(await ask('todos:update?filter={"weight":{"$gt":0}}', { weight: 5 }))).toEqual([mine])
    expect(idsOf(await ask(`todos:update?filterByTk=${mine},${foreign}`, { weight: 6 }))).toEqual([mine])
    expect((await ask('todos:destroy?filter={"title":"foreign"}', {})).body.data).toBe(0)
    expect((await ask(`todos:destroy?filterByTk=${foreign},999999`, {})).body.data).toBe(0)
    expect(await countRows(app, 'todos', { title: 'foreign', weight: 2 })).toBe(1)
  })
})

describe('403 for writing oneself out of the rule', () => {
  it('by creating, one or many: nothing is stored', async () => {
    const worker = await app.user('will', { roles: ['worker'] })
    const before = await countRows(app, 'todos')
    for (const body of [
      { title: 'a', state: 'secret' },
      { title: 'a' },
      { title: 'a', state: null },
      [
        { title: 'a', state: 'open' },
        { title: 'b', state: 'secret' },
      ],
    ]) {
      expect(outcome(await post(app, 'todos:create', worker.token, body))).toBe('403 NO_PERMISSION')
    }
    expect(await countRows(app, 'todos')).toBe(before)
    expect(outcome(await post(app, 'todos:create', worker.token, { title: 'a', state: 'open' }))).toBe('200')
  })

  it('by changing, one or many: nothing is changed', async () => {
    const worker = await app.user('wanda', { roles: ['worker'] })
    for (const path of [`todos:update/${mine}`, 'todos:update?filter={"state":"open"}']) {
      for (const state of ['secret', null, '']) {
        expect(outcome(await post(app, path, worker.token, { state, title: 'gone' }))).toBe('403 NO_PERMISSION')
      }
    }
    expect(await countRows(app, 'todos', { title: 'gone' })).toBe(0)
    expect(outcome(await post(app, `todos:update/${mine}`, worker.token, { state: 'done' }))).toBe('200')
    expect(outcome(await post(app, `todos:update/${mine}`, worker.token, { state: 'open' }))).toBe('200')
  })
})

describe('400 READONLY_FIELD for an author in the body', () => {
  it.each(['createdById', 'updatedById', 'id', 'createdAt', 'updatedAt'])('%s', async (name) => {
    const before = await countRows(app, 'todos')
    const value = name.endsWith('At') ? '2020-01-01T00:00:00Z' : ada.id + 1
    expect(outcome(await ask('todos:create', { title: 'x', [name]: value }))).toBe('400 READONLY_FIELD')
    expect(outcome(await ask(`todos:update/${mine}`, { title: 'x', [name]: value }))).toBe('400 READONLY_FIELD')
    expect(await countRows(app, 'todos')).toBe(before)
    expect(await countRows(app, 'todos', { title: 'x' })).toBe(0)
  })
})

describe('the authors of a record', () => {
  it('are the callers', async () => {
    await app.grant('writer', 'todos', ['*'])
    const writer = await app.user('willa', { roles: ['writer'] })
    const { body } = await post(app, `todos:update/${foreign}`, writer.token, { weight: 2 })
    expect(body.data[0]).toMatchObject({ createdById: ada.id + 1, updatedById: writer.id })
  })
})

describe('a rule about the caller', () => {
  it('gives nobody in particular the rows of nobody', async () => {
    await app.as('root').call('todos', 'list')
    await app.application.call('todos', 'create', { body: { title: 'ownerless', state: 'open' } })
    await app.grant('anonymous', 'todos', ['list', 'update', 'destroy', 'create'], own)
    expect((await get(app, 'todos:list')).body).toMatchObject({ data: [], meta: { count: 0 } })
    expect((await post(app, 'todos:destroy?filter={"title":"ownerless"}')).body.data).toBe(0)
    expect((await post(app, 'todos:update?filter={"state":"open"}', undefined, { title: 'x' })).body.data).toEqual([])
    expect((await post(app, 'todos:create', undefined, { title: 'x' })).status).toBe(403)
    expect(await countRows(app, 'todos', { title: 'ownerless' })).toBe(1)
  })

  it('that says “not mine” gives nobody in particular nothing either', async () => {
    await app.collection('notes', { title: 'string' })
    await app.as('root').call('notes', 'create', { title: 'of root' })
    await app.grant('anonymous', 'notes', ['list'], { where: { createdById: { $ne: '{{$user.id}}' } } })
    expect((await get(app, 'notes:list')).body.data).toEqual([])
    expect((await get(app, 'notes:list', ada.token)).body.data).toHaveLength(1)
  })

  it('about a field that was dropped lets nothing through', async () => {
    await app.collection('cards', { title: 'string', level: 'integer' })
    await app.as('root').call('cards', 'create', { title: 'a', level: 1 })
    await app.grant('dealer', 'cards', ['list', 'get', 'create', 'destroy'], { where: { level: 1 } })
    const dealer = await app.user('dora', { roles: ['dealer'] })
    expect((await get(app, 'cards:list', dealer.token)).body.data).toHaveLength(1)
    await app
      .as('root')
      .call('collections.fields', 'destroy', {}, { sourceId: 'cards', key: 'level', params: { force: 'true' } })
    expect((await get(app, 'cards:list', dealer.token)).body.data).toEqual([])
    expect((await get(app, 'cards:get/1', dealer.token)).status).toBe(404)
    expect((await post(app, 'cards:create', dealer.token, { title: 'b' })).status).toBe(403)
    expect((await post(app, 'cards:destroy/1', dealer.token)).status).toBe(404)
    expect(await countRows(app, 'cards')).toBe(1)
  })
})
