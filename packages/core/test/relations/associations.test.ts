import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import pg from 'pg'
import { get, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'
import { fillBlog, makeBlog } from './blog.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
  await makeBlog(app, root)
})
afterAll(() => app?.close())
beforeEach(async () => {
  const client = new pg.Client({ connectionString: app.database.url })
  await client.connect()
  await client.query('TRUNCATE clubs, authors, profiles, tags, posts, comments, taggings RESTART IDENTITY')
  await client.end()
  await fillBlog(app, root)
})

const call = (path: string, body?: unknown, token = root): Promise<TestResponse> => post(app, path, token, body)
const read = (path: string, token = root): Promise<TestResponse> => get(app, path, token)
const listed = async (path: string, field = 'id', token = root): Promise<unknown[]> => {
  const { status, body } = await read(path, token)
  expect([status, body.errors]).toEqual([200, undefined])
  return body.data.map((row: Record<string, unknown>) => row[field])
}
const ok = async (answer: Promise<TestResponse>): Promise<TestResponse> => {
  const response = await answer
  expect([response.status, response.body?.errors]).toEqual([200, undefined])
  return response
}
const rest = (method: string, path: string, body?: unknown): Promise<TestResponse> =>
  app.request(method, `/api/${path}`, { token: root, ...(body === undefined ? {} : { body }) })

describe('records of a parent', () => {
  it('list, with everything that a list can do', async () => {
    expect(await listed('posts/1/comments:list', 'text')).toEqual(['a', 'b'])
    expect(await listed('posts/1/comments?sort=-id&filter={"text":["b","c"]}', 'text')).toEqual(['b'])
    const { body } = await read('posts/1/comments:list?pageSize=1&page=2&appends=author')
    expect(body).toMatchObject({
      data: [{ text: 'b', author: { name: 'Cid' } }],
      meta: { count: 2, page: 2, totalPage: 2 },
    })
    expect(await listed('posts/1/tags:list', 'name')).toEqual(['x', 'y'])
    expect(await listed('tags/2/posts:list', 'title')).toEqual(['one', 'two'])
    expect(await listed('posts/3/tags', 'name')).toEqual([])
  })

  it('links show their attributes', async () => {
    const { body } = await read('posts/1/tags:list')
    expect(body.data[0]).toMatchObject({ name: 'x', taggings: { weight: 5, postId: 1, tagId: 1 } })
    expect((await read('posts/1/tags:get/1')).body.data).toMatchObject({ taggings: { weight: 5 } })
  })

  it('get', async () => {
    expect((await read('posts/1/comments:get/2')).body.data).toMatchObject({ text: 'b' })
    expect((await read('posts/1/comments/2')).body.data).toMatchObject({ text: 'b' })
    expectRefusal(await read('posts/1/comments:get/3'), '404 NOT_FOUND')
    expect((await read('posts/1/author')).body.data).toMatchObject({ name: 'Ann' })
    expect((await read('posts/1/author:get')).body.data).toMatchObject({ name: 'Ann' })
    expectRefusal(await read('posts/3/author:get'), '404 NOT_FOUND')
    expect((await read('authors/1/profile:get?appends=author')).body.data).toMatchObject({ author: { name: 'Ann' } })
  })

  it('create', async () => {
    const { body } = await ok(call('posts/3/comments:create', { text: 'new' }))
    expect(body.data).toMatchObject({ text: 'new', postId: 3 })
    await ok(rest('POST', 'posts/3/comments', [{ text: 'more' }, { text: 'most' }]))
    expect(await listed('posts/3/comments', 'text')).toEqual(['new', 'more', 'most'])
    await ok(call('posts/3/tags:create', { name: 'fresh' }))
    expect(await listed('posts/3/tags', 'name')).toEqual(['fresh'])
    await ok(call('posts/3/author:create', { name: 'Dot' }))
    expect((await read('posts/3/author')).body.data).toMatchObject({ name: 'Dot' })
    await ok(call('authors/1/profile:create', { bio: 'second' }))
    expect((await read('authors/1/profile')).body.data).toMatchObject({ bio: 'second' })
    expectRefusal(await call('posts/3/comments:create', {}), '400 INVALID_VALUE', 'text')
  })

  it('the parent that the address names is the one: a body that says another is refused', async () => {
    expectRefusal(await call('posts/3/comments:create', { text: 'x', postId: 1 }), '400 INVALID_VALUE', 'postId')
    const { body } = await ok(call('posts/3/comments:create', { text: 'x', postId: 3 }))
    expect(body.data.postId).toBe(3)
  })

  it('update', async () => {
    expect((await ok(call('posts/1/comments:update/2', { text: 'B' }))).body.data).toMatchObject([{ id: 2, text: 'B' }])
    await ok(rest('PATCH', 'posts/1/comments/1', { text: 'A' }))
    expect(await listed('posts/1/comments', 'text')).toEqual(['A', 'B'])
    expectRefusal(await call('posts/1/comments:update/3', { text: 'C' }), '404 NOT_FOUND')
    expectRefusal(await call('posts/1/comments:update', { text: 'C' }), '400 EMPTY_FILTER')
    await ok(call('posts/1/author:update', { name: 'Anna' }))
    expect((await read('authors/1', root)).body.data).toMatchObject({ name: 'Anna' })
    await ok(call('posts/1/tags:update/1', { name: 'X' }))
    expectRefusal(await call('posts/1/tags:update/3', { name: 'Z' }), '404 NOT_FOUND')
  })

  it('destroy', async () => {
    expect((await ok(call('posts/1/comments:destroy/2'))).body).toEqual({ data: 1 })
    expectRefusal(await call('posts/1/comments:destroy/3'), '404 NOT_FOUND')
    expectRefusal(await call('posts/1/comments:destroy'), '400 EMPTY_FILTER')
    expect((await ok(rest('DELETE', 'posts/1/tags/1'))).body).toEqual({ data: 1 })
    expect(await listed('tags')).toEqual([2, 3])
    expect(await listed('posts/1/tags')).toEqual([2])
  })
})

describe('linking many', () => {
  it('add', async () => {
    expect((await ok(call('posts/3/comments:add', [3, 4]))).body).toEqual({ data: 'ok' })
    expect(await listed('posts/3/comments')).toEqual([3, 4])
    await ok(call('posts/3/tags:add?filterByTk=3'))
    await ok(call('posts/3/tags:add?filterByTk[]=3&filterByTk[]=1'))
    await ok(call('posts/3/tags:add', 2))
    expect(await listed('posts/3/tags')).toEqual([1, 2, 3])
  })

  it('with attributes of the link', async () => {
    await ok(call('posts/3/tags:add', [[1, { weight: 7 }], 2]))
    await ok(call('posts/3/tags:add', [[2, { weight: 8 }]]))
    const { body } = await read('posts/3/tags')
    expect(body.data.map((tag: { taggings: { weight: number } }) => tag.taggings.weight)).toEqual([7, 8])
    expectRefusal(await call('posts/3/tags:add', [[1, { nothing: 7 }]]), '400 UNKNOWN_FIELD', 'nothing')
    expectRefusal(await call('posts/3/tags:add', [[1, { weight: 'x' }]]), '400 INVALID_VALUE', 'weight')
    expectRefusal(await call('posts/3/tags:add', [[1, { postId: 1 }]]), '400 READONLY_FIELD', 'postId')
    expectRefusal(await call('posts/3/comments:add', [[1, { weight: 1 }]]), '400 INVALID_VALUE')
  })

  it('set', async () => {
    await ok(call('posts/1/comments:set', [2, 3]))
    expect(await listed('posts/1/comments')).toEqual([2, 3])
    expect(await listed('comments?filter={"postId":null}')).toEqual([1, 4])
    await ok(call('posts/1/tags:set', [[1, { weight: 9 }], 3]))
    expect((await read('posts/1/tags')).body.data).toMatchObject([{ id: 1, taggings: { weight: 9 } }, { id: 3 }])
    await ok(call('posts/1/tags:set', []))
    expect(await listed('posts/1/tags')).toEqual([])
  })

  it('remove', async () => {
    await ok(call('posts/1/comments:remove', [1]))
    await ok(call('posts/1/tags:remove?filterByTk=1'))
    expect([await listed('posts/1/comments'), await listed('posts/1/tags')]).toEqual([[2], [2]])
    expect(await listed('tags')).toEqual([1, 2, 3])
    expectRefusal(await call('posts/1/tags:remove', [3]), '404 NOT_FOUND')
  })

  it('toggle', async () => {
    await ok(call('posts/1/tags:toggle', [1, 3]))
    expect(await listed('posts/1/tags')).toEqual([2, 3])
    await ok(call('posts/1/comments:toggle', [1, 4]))
    expect(await listed('posts/1/comments')).toEqual([2, 4])
  })

  it('all or nothing: one that is not there, and nothing is linked', async () => {
    for (const action of ['add', 'set', 'remove', 'toggle']) {
      expectRefusal(await call(`posts/1/tags:${action}`, [3, 999]), '404 NOT_FOUND')
      expectRefusal(await call(`posts/1/comments:${action}`, [3, 999]), '404 NOT_FOUND')
      expectRefusal(await call(`posts/999/tags:${action}`, [3]), '404 NOT_FOUND')
      expectRefusal(await call(`posts/1/tags:${action}`, { a: 1 }), '400 INVALID_VALUE')
      expectRefusal(await call(`posts/1/tags:${action}`), '400 INVALID_VALUE')
    }
    expect([await listed('posts/1/comments'), await listed('posts/1/tags')]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })
})

describe('linking one', () => {
  it('set, remove and toggle of a belongsTo', async () => {
    await ok(call('posts/3/author:set', 2))
    expect((await read('posts/3')).body.data).toMatchObject({ authorId: 2 })
    await ok(call('posts/3/author:set?filterByTk=1'))
    await ok(call('posts/3/author:remove'))
    expect((await read('posts/3')).body.data).toMatchObject({ authorId: null })
    await ok(call('posts/3/author:toggle', [1]))
    await ok(call('posts/3/author:toggle', [2]))
    expect((await read('posts/3')).body.data).toMatchObject({ authorId: 2 })
    expectRefusal(await call('posts/3/author:set', [1, 2]), '400 INVALID_VALUE')
    expectRefusal(await call('posts/3/author:remove', [1]), '404 NOT_FOUND')
  })

  it('set of a hasOne takes the place of the one before', async () => {
    await call('profiles:create', { bio: 'other' })
    await ok(call('authors/1/profile:set', 2))
    expect((await read('authors/1/profile')).body.data).toMatchObject({ id: 2 })
    expect(await listed('profiles?filter={"authorId":1}')).toEqual([2])
    await ok(call('authors/1/profile:remove'))
    expectRefusal(await read('authors/1/profile'), '404 NOT_FOUND')
  })
})

describe('addresses', () => {
  it.each([
    'posts/999/comments:list',
    'posts/x/comments',
    'posts/1/nothing:list',
    'nothing/1/comments',
    'posts/1/title',
  ])('404 for %s', async (path) => expectRefusal(await read(path), '404 NOT_FOUND'))

  it.each([
    ['PATCH', 'posts/1/comments', 'GET, HEAD, POST'],
    ['DELETE', 'posts/1/author', 'GET, HEAD, POST'],
    ['POST', 'posts/1/comments/1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['GET', 'posts/1/tags:add', 'POST'],
  ])('405 for %s %s, with the verbs that there are', async (method, path, allow) => {
    const answer = await rest(method, path)
    expectRefusal(answer, '405 METHOD_NOT_ALLOWED')
    expect(answer.headers['allow']).toBe(allow)
  })

  it('405 for a writing action with GET', async () => {
    const answer = await read('posts/1/tags:add?filterByTk=3')
    expectRefusal(answer, '405 METHOD_NOT_ALLOWED')
    expect(answer.headers['allow']).toBe('POST')
  })
})
