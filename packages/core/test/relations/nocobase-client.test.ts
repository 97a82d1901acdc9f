import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { APIClient } from '@nocobase/sdk'
import { fillBlog, makeBlog } from './blog.js'

let app: TestApp
let api: APIClient
const password = 'correct horse battery'

beforeAll(async () => {
  app = await createTestApp()
  const root = await app.signIn('root')
  await makeBlog(app, root)
  await fillBlog(app, root)
  await app.request('POST', '/api/users:create', {
    token: root,
    body: { email: 'ann@example.org', username: 'ann', password, roles: ['root'] },
  })
  api = new APIClient({ baseURL: `${app.url}/api` })
  await api.auth.signIn({ account: 'ann', password }, 'basic')
})
afterAll(() => app?.close())

/** Actions of a resource, as the client makes them up from their names. */
const call = async (resource: string, action: string, params: object = {}, of?: unknown) => {
  const { data } = await api.request({ resource, resourceOf: of, action, params })
  return data
}

describe('the published client, as it is', () => {
  it('signs in and is known', async () => {
    expect(api.auth.getToken()).toEqual(expect.any(String))
    const { data } = await api.request({ url: 'auth:check', method: 'get' })
    expect(data.data).toMatchObject({ email: 'ann@example.org', roles: expect.arrayContaining([expect.anything()]) })
  })

  it('lists with filter, sort, fields, appends and pages', async () => {
    const params = {
      filter: { title: { $includes: 'o' } },
      sort: ['-id'],
      fields: ['title'],
      appends: ['author'],
      page: 1,
      pageSize: 1,
    }
    expect(await call('posts', 'list', params)).toEqual({
      data: [{ title: 'two', author: expect.objectContaining({ name: 'Bob' }) }],
      meta: { count: 2, page: 1, pageSize: 1, totalPage: 2 },
    })
    expect((await call('posts', 'list', { paginate: false })).data).toHaveLength(3)
    expect(
      (await call('posts', 'list', { except: ['createdAt'], filter: { author: { name: 'Ann' } } })).data,
    ).toMatchObject([{ title: 'one' }])
  })

  it('gets, creates, updates and destroys', async () => {
    const { data } = await call('posts', 'create', { values: { title: 'new', tags: [1, 2] } })
    expect((await call('posts', 'get', { filterByTk: data.id, appends: ['tags'] })).data).toMatchObject({
      tags: [{ id: 1 }, { id: 2 }],
    })
    const changed = await call('posts', 'update', { filterByTk: data.id, values: { title: 'newer' } })
    expect(changed.data).toMatchObject([{ title: 'newer' }])
    const { data: first } = await call('posts', 'firstOrCreate', { filterKeys: ['title'], values: { title: 'newer' } })
    expect(first.id).toBe(data.id)
    expect(await call('posts', 'destroy', { filterByTk: data.id })).toEqual({ data: 1 })
    const { data: several } = await call('posts', 'create', { values: [{ title: 'a' }, { title: 'b' }] })
    const ids = several.map(({ id }: { id: number }) => id)
    expect(await call('posts', 'destroy', { filterByTk: ids })).toEqual({ data: 2 })
    await expect(call('posts', 'get', { filterByTk: 999 })).rejects.toMatchObject({ response: { status: 404 } })
  })

  it('works with associations', async () => {
    const tags = async () => (await call('posts.tags', 'list', {}, 3)).data.map(({ id }: { id: number }) => id)
    await call('posts.tags', 'add', { filterByTk: 1 }, 3)
    await call('posts.tags', 'add', { values: [2] }, 3)
    expect(await tags()).toEqual([1, 2])
    await call('posts.tags', 'set', { values: [2, 3] }, 3)
    expect(await tags()).toEqual([2, 3])
    await call('posts.tags', 'toggle', { filterByTk: 3 }, 3)
    await call('posts.tags', 'remove', { filterByTk: 2 }, 3)
    expect(await tags()).toEqual([])
    const { data } = await call('posts.comments', 'create', { values: { text: 'by the client' } }, 3)
    expect(data).toMatchObject({ postId: 3 })
    await call('posts.comments', 'update', { filterByTk: data.id, values: { text: 'changed' } }, 3)
    expect((await call('posts.comments', 'get', { filterByTk: data.id }, 3)).data).toMatchObject({ text: 'changed' })
    expect(await call('posts.comments', 'destroy', { filterByTk: data.id }, 3)).toEqual({ data: 1 })
    expect((await call('posts.author', 'get', {}, 1)).data).toMatchObject({ name: 'Ann' })
  })

  it('writes nested values where it says so', async () => {
    const values = { title: 'nested', comments: [{ text: 'inner' }] }
    const { data } = await call('posts', 'create', { values, updateAssociationValues: ['comments'] })
    expect((await call('posts', 'get', { filterByTk: data.id, appends: ['comments'] })).data.comments).toMatchObject([
      { text: 'inner' },
    ])
  })

  it('makes collections and fields', async () => {
    await call('collections', 'create', { values: { name: 'gadgets', fields: [{ name: 'name', type: 'string' }] } })
    await call('collections.fields', 'create', { values: { name: 'size', type: 'integer' } }, 'gadgets')
    expect((await call('gadgets', 'create', { values: { name: 'x', size: 3 } })).data).toMatchObject({ size: 3 })
    await call('collections', 'destroy', { filterByTk: 'gadgets', force: true })
  })

  it('signs out', async () => {
    const token = api.auth.getToken()
    await api.auth.signOut()
    expect((await app.request('GET', '/api/auth:check', { token })).status).toBe(401)
  })
})
