import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import pg from 'pg'
import { get, outcome, post } from '../calls.js'
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
describe('rights', () => {
  const user = async (name: string, ...grants: readonly [string, string[], object?][]): Promise<string> => {
    for (const [resource, actions, limits] of grants) await app.grant(name, resource, actions, limits)
    return (await app.user(name, { roles: [name] })).token
  }

  it('records are the target’s: its grants and its rules for rows', async () => {
    const token = await user(
      'plain',
      ['posts', ['get'], { where: { title: ['one', 'two'] } }],
      ['comments', ['list'], { where: { text: ['b', 'c'] } }],
    )
    expect(await listed('posts/1/comments:list', 'text', token)).toEqual(['b'])
    expectRefusal(await read('posts/3/comments:list', token), '404 NOT_FOUND')
    expectRefusal(await read('posts/999/comments:list', token), '404 NOT_FOUND')
    expectRefusal(await read('posts/1/tags:list', token), '403 NO_PERMISSION')
    expectRefusal(await call('posts/1/comments:create', { text: 'x' }, token), '403 NO_PERMISSION')
    expectRefusal(await call('posts/1/comments:add', [3], token), '403 NO_PERMISSION')
  })

  it('without the right to read parents: 403', async () => {
    const token = await user('childless', ['comments', ['list']])
    expectRefusal(await read('posts/1/comments:list', token), '403 NO_PERMISSION')
  })

  it('a relation may be granted alone', async () => {
    const token = await user(
      'relation',
      ['posts.tags', ['list', 'add']],
      ['tags', ['list'], { where: { name: ['x', 'z'] } }],
      ['posts', ['get']],
    )
    expect(await listed('posts/1/tags:list', 'name', token)).toEqual(['x'])
    await ok(call('posts/1/tags:add', [3], token))
    expectRefusal(await call('posts/3/tags:add', [2], token), '404 NOT_FOUND')
    expectRefusal(await call('posts/1/tags:remove', [1], token), '403 NO_PERMISSION')
  })

  it('linking changes no record that the caller may not change', async () => {
    const token = await user('linker', ['posts', ['*']], ['comments', ['list']])
    expectRefusal(await call('posts/1/comments:add', [3], token), '403 NO_PERMISSION')
    expectRefusal(await call('posts/1/comments:set', [], token), '403 NO_PERMISSION')
    const own = await user(
      'owner',
      ['posts', ['*']],
      ['comments', ['list']],
      ['comments', ['update'], { where: { text: 'd' } }],
    )
    await ok(call('posts/1/comments:add', [4], own))
    expectRefusal(await call('posts/1/comments:add', [3], own), '403 NO_PERMISSION')
    const fields = await user(
      'fielded',
      ['posts', ['*']],
      ['comments', ['list']],
      ['comments', ['update'], { fields: ['text'] }],
    )
    expectRefusal(await call('posts/1/comments:add', [3], fields), '403 NO_PERMISSION')
    expect(await listed('posts/1/comments')).toEqual([1, 2, 4])
  })

  it('set leaves alone what the caller cannot see', async () => {
    const token = await user('blinkered', ['posts', ['*']], ['tags', ['list'], { where: { name: ['x', 'z'] } }])
    await ok(call('posts/1/tags:set', [3], token))
    expect(await listed('posts/1/tags')).toEqual([2, 3])
  })

  it('what a plugin does in its own way is not to be had through a relation', async () => {
    const field = { name: 'keeper', type: 'belongsTo', target: 'users' }
    await ok(call('collections/posts/fields:create', field))
    expectRefusal(
      await call('posts/1/keeper:create', { email: 'a@example.com', password: 'correct horse' }),
      '404 NOT_FOUND',
    )
    await ok(call('posts/1/keeper:set', 1))
    const { body } = await read('posts/1/keeper')
    expect(body.data).toMatchObject({ id: 1 })
    expect(body.data).not.toHaveProperty('password')
    await ok(call('collections/posts/fields:destroy/keeper?force=true'))
  })
})

describe('under concurrency', () => {
  it('sets and adds at once leave no link twice and none lost', async () => {
    const calls = Array.from({ length: 20 }, (_, index) => call('posts/3/tags:add', [1 + (index % 3)]))
    expect((await Promise.all(calls)).map(outcome)).toEqual(calls.map(() => '200'))
    expect(await listed('posts/3/tags')).toEqual([1, 2, 3])
    await Promise.all([1, 2, 3].map((id) => call('posts/3/tags:set', [id])))
    expect(await listed('posts/3/tags')).toHaveLength(1)
  })
})
