import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ask, createWorld, data, defineSpaced, makeToken, post, type Caller, type World } from './space-app.js'

let world: World
let base: string
beforeAll(async () => {
  world = await createWorld()
  await data(post(world.app, world.ann, `spaces:update/${world.a}`, { name: 'My space/1' }))
  base = `/openapi/bases/${encodeURIComponent('My space/1')}/tables/tasks`
})
afterAll(() => world.app.close())

const call = (caller: Caller, method: string, path: string, body?: unknown) =>
  ask(world.app, caller, method, path.startsWith('/openapi') ? path : `${base}${path}`, body)
const notFound = { status: 404, body: { errors: [{ code: 'NOT_FOUND', message: 'Not found' }] } }

describe('the interface as undb has it', () => {
  it('creates, reads, changes, duplicates and deletes records', async () => {
    const { ta, a } = world
    const made = await call(ta, 'POST', '/records', { values: { title: 'one' } })
    expect(made).toMatchObject({ status: 201, body: { values: { title: 'one', done: false, spaceId: a } } })
    const { id } = made.body
    expect(Object.keys(made.body)).toEqual(['id', 'values', 'displayValues'])
    expect(await call(ta, 'GET', `/records/${id}`)).toMatchObject({ status: 200, body: made.body })
    const bulk = { records: [{ values: { title: 'two' } }, { values: { title: 'three' } }] }
    expect(await call(ta, 'POST', '/records/bulk', bulk)).toMatchObject({ status: 201, body: { createdCount: 2 } })
    const list = await call(ta, 'GET', '/records?page=2&pageSize=2')
    expect(list).toMatchObject({ status: 200, body: { total: 3, records: [{ values: { title: 'three' } }] } })
    const changed = await call(ta, 'PATCH', `/records/${id}`, { values: { done: true } })
    expect(changed).toMatchObject({ status: 200, body: { id, values: { done: true } } })
    const filter = { conjunction: 'and', children: [{ field: 'title', op: 'contains', value: 't' }] }
    expect(await call(ta, 'PATCH', '/records', { filter, values: { done: true } })).toMatchObject({
      status: 200,
      body: { modifiedCount: 2 },
    })
    // A unique value cannot be there twice.
    expect(await call(ta, 'POST', `/records/${id}/duplicate`)).toMatchObject({ status: 409 })
    const one = await call(ta, 'GET', `/records?filter=${encodeURIComponent(JSON.stringify({ title: 'one' }))}`)
    expect(one.body.total).toBe(1)
    expect(await call(ta, 'DELETE', `/records/${id}`)).toMatchObject({ status: 204, text: '' })
    expect(await call(ta, 'DELETE', `/records/${id}`)).toMatchObject(notFound)
    expect(await call(ta, 'DELETE', '/records', { filter })).toMatchObject({ status: 200, body: { deletedCount: 2 } })
    await defineSpaced(world.app, 'memos', [{ name: 'text', type: 'text' }])
    const memos = base.replace('tasks', 'memos')
    const memo = await call(ta, 'POST', `${memos}/records`, { values: { text: 'x' } })
    const copy = await call(ta, 'POST', `${memos}/records/${memo.body.id}/duplicate`)
    expect(copy).toMatchObject({ status: 201, body: { values: { text: 'x' } } })
    expect(copy.body.id).not.toBe(memo.body.id)
  })

  it('answers for the space of the token only; everything else is the same 404', async () => {
    const { ta, tb, ann, bob } = world
    const { body } = await call(tb, 'POST', `/openapi/bases/B/tables/tasks/records`, { values: { title: 'theirs' } })
    const others = [
      `/openapi/bases/B/tables/tasks/records`,
      `/openapi/bases/nowhere/tables/tasks/records`,
      `/openapi/bases/%E0%A4%A/tables/tasks/records`,
      base.replace('tasks', 'users') + '/records',
      base.replace('tasks', 'nothing') + '/records',
      `${base}/records/${body.id}`,
      `${base}/nothing`,
    ]
    for (const path of others) expect(await call(ta, 'GET', path)).toMatchObject(notFound)
    expect(await call(bob, 'GET', '/records')).toMatchObject(notFound)
    expect(await call(ann, 'GET', '/records')).toMatchObject({ status: 200 })
    expect(await call({}, 'GET', '/records')).toMatchObject({
      status: 401,
      body: { errors: [{ code: 'EMPTY_TOKEN' }] },
    })
    expect(await call({ spaceToken: 'x' }, 'GET', '/records')).toMatchObject({ status: 401 })
  })

  it('refuses what is wrong, and changes nothing then', async () => {
    const { app, ta, ann, a } = world
    expect(await call(ta, 'POST', '/records', { title: 'x' })).toMatchObject({ status: 400 })
    expect(await call(ta, 'POST', '/records', { values: { nothing: 1 } })).toMatchObject({ status: 400 })
    expect(await call(ta, 'PATCH', '/records', { values: { done: true } })).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'EMPTY_FILTER' }] },
    })
    const empty = { conjunction: 'and', children: [] }
    expect(await call(ta, 'DELETE', '/records', { filter: empty })).toMatchObject({ status: 400 })
    const odd = { conjunction: 'and', children: [{ field: 'title', op: '$where', value: 1 }] }
    expect(await call(ta, 'DELETE', '/records', { filter: odd })).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'INVALID_FILTER', path: 'filter.children.0.op' }] },
    })
    const put = await call(ta, 'PUT', '/records')
    expect(put).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, POST, PATCH, DELETE' } })
    const reader = await makeToken(app, ann, a, { readOnly: true })
    expect(await call(reader, 'POST', '/records', { values: { title: 'x' } })).toMatchObject({ status: 403 })
    expect(await call(reader, 'GET', '/records')).toMatchObject({ status: 200 })
  })

  it('a copy gets a place and names of its own, and takes no choice away', async () => {
    const { app, ta } = world
    const fields = [
      { name: 'name', type: 'string' },
      { name: 'sort', type: 'sort' },
      { name: 'main', type: 'radio' },
      { name: 'code', type: 'uuid', unique: true },
    ]
    await defineSpaced(app, 'rooms', fields)
    const rooms = `${base.replace('tasks', 'rooms')}/records`
    const first = (await call(ta, 'POST', rooms, { values: { name: 'a', main: true } })).body
    const { status, body } = await call(ta, 'POST', `${rooms}/${first.id}/duplicate`)
    expect({ status, values: body.values }).toMatchObject({ status: 201, values: { name: 'a', sort: 2 } })
    expect(body.values.code).not.toBe(first.values.code)
    expect((await call(ta, 'GET', `${rooms}/${first.id}`)).body.values.main).toBe(true)
  })
})
