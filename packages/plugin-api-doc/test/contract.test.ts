import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { Contract } from './contract.js'
import { documentOf, rootSession } from './doc-app.js'
import { createExampleApp } from './example-app.js'

let app: TestApp
let root: string
let contract: Contract

beforeAll(async () => {
  app = await createExampleApp()
  root = await rootSession(app)
  contract = new Contract(app, await documentOf(app, root), root)
}, 60_000)
afterAll(() => app?.close())

/** Everything that a collection can do, on records of its own. */
async function useCollection(name: string, body: object, changes: object, key = 'id', headers = {}): Promise<void> {
  const made = await contract.call(`${name}_create`, 200, { body, headers })
  const filterByTk = made.body.data[key]
  await contract.call(`${name}_list`, 200, { headers })
  await contract.call(`${name}_list`, 200, { query: { count: false, pageSize: 1 } })
  await contract.call(`${name}_list`, 200, { query: { paginate: false, sort: '-id' } })
  await contract.call(`${name}_list`, 200, { query: { filter: { [key]: filterByTk }, fields: key } })
  await contract.call(`${name}_list`, 400, { query: { filter: { nothing: 1 } } })
  await contract.call(`${name}_list`, 400, { query: { page: 0 } })
  await contract.call(`${name}_get`, 200, { query: { filterByTk } })
  await contract.call(`${name}_get`, 404, { query: { filterByTk: '999999999' } })
  await contract.call(`${name}_query`, 200, { query: { measures: [{ aggregation: 'count', alias: 'count' }] } })
  await contract.call(`${name}_update`, 200, { headers, query: { filterByTk }, body: changes })
  await contract.call(`${name}_update`, 404, { query: { filterByTk: '999999999' }, body: changes })
  await contract.call(`${name}_update`, 400, { body: changes })
  await contract.call(`${name}_destroy`, 400)
  await contract.call(`${name}_destroy`, 200, { headers, query: { filterByTk } })
}

describe('every operation answers as the document says', () => {
  it('of collections', async () => {
    await useCollection('todos', { title: 'eat food' }, { completed: true })
    await contract.call('todos_create', 200, { body: [{ title: 'a' }, { title: 'b' }] })
    await useCollection('authors', { name: 'Ann', born: '1980-02-01' }, { name: 'Anna' })
    await useCollection('books', { title: 'A book' }, { pages: 3 })
    await useCollection('tags', { name: 'new' }, { name: 'old' })
    await useCollection('steps', { title: 'first' }, { title: 'second' })
    for (const name of ['todos', 'authors', 'books', 'tags', 'steps']) {
      const field = contract.operations.has(`${name}_update`) && ['authors', 'tags'].includes(name) ? 'name' : 'title'
      const given = { query: { filterKeys: field }, body: { [field]: 'only one' } }
      await contract.call(`${name}_firstOrCreate`, 200, given)
      await contract.call(`${name}_updateOrCreate`, 200, given)
      await contract.call(`${name}_updateOrCreate`, 400, { body: { [field]: 'x' } })
    }
    const [first, second] = await app.as('root').call('steps', 'create', [{ title: 'a' }, { title: 'b' }])
    await contract.call('steps_move', 200, { query: { sourceId: second.id, targetId: first.id } })
    await contract.call('steps_move', 400)
  }, 60_000)

  it('of what is below a record', async () => {
    const author = await app.as('root').call('authors', 'create', { name: 'Bob' })
    const book = await app.as('root').call('books', 'create', { title: 'Another', authorId: author.id })
    const tag = await app.as('root').call('tags', 'create', { name: 'red' })
    await contract.call('books_list', 200, { query: { appends: 'author,tags' } })
    await contract.call('books_get', 200, { query: { filterByTk: book.id, appends: 'author.books' } })
    for (const [address, sourceId, id, body] of [
      ['authors_books', author.id, book.id, { title: 'Third' }],
      ['books_tags', book.id, tag.id, { name: 'blue' }],
    ] as const) {
      await contract.call(`${address}_set`, 200, { sourceId, body: [id] })
      await contract.call(`${address}_list`, 200, { sourceId })
      await contract.call(`${address}_list`, 404, { sourceId: 999_999 })
      await contract.call(`${address}_get`, 200, { sourceId, query: { filterByTk: id } })
      const made = await contract.call(`${address}_create`, 200, { sourceId, body })
      const filterByTk = made.body.data.id
      await contract.call(`${address}_update`, 200, { sourceId, query: { filterByTk }, body })
      await contract.call(`${address}_remove`, 200, { sourceId, body: [id] })
      await contract.call(`${address}_toggle`, 200, { sourceId, body: [id] })
      await contract.call(`${address}_add`, 200, { sourceId, body: [id] })
      await contract.call(`${address}_add`, 404, { sourceId, body: [999_999] })
      await contract.call(`${address}_destroy`, 200, { sourceId, query: { filterByTk } })
    }
    const one = { sourceId: book.id }
    await contract.call('books_author_list', 200, one)
    await contract.call('books_author_get', 200, one)
    await contract.call('books_author_update', 200, { ...one, body: { name: 'Ben' } })
    await contract.call('books_author_remove', 200, one)
    await contract.call('books_author_get', 404, one)
    await contract.call('books_author_add', 200, { ...one, body: [author.id] })
    await contract.call('books_author_set', 200, { ...one, body: [author.id] })
    await contract.call('books_author_toggle', 200, { ...one, body: [author.id] })
    await contract.call('books_author_create', 200, { ...one, body: { name: 'Cid' } })
    await contract.call('books_author_destroy', 200, { ...one, query: { filter: { name: 'Cid' } } })
    const [red, blue] = await app.as('root').call('tags', 'create', [{ name: 'r' }, { name: 'b' }])
    const link = { bookId: book.id, tagId: red.id }
    await useCollection('booksTags', link, { tagId: blue.id })
    for (const action of ['firstOrCreate', 'updateOrCreate']) {
      await contract.call(`booksTags_${action}`, 200, { query: { filterKeys: 'bookId,tagId' }, body: link })
    }
  }, 60_000)

  it('of a plugin', async () => {
    await contract.call('books_popular', 200, { query: { limit: 2 } })
    await contract.call('books_popular', 400, { query: { limit: 99 } })
    await contract.call('books_sell', 200, { query: { filterByTk: 1 }, body: { price: 12 } })
    await contract.call('books_sell', 409, { query: { filterByTk: 1 }, body: { price: 13 } })
    await contract.call('books_sell', 400, { query: { filterByTk: 1 }, body: { price: 12, other: 1 } })
    await contract.call('swagger_get', 200, { query: { ns: 'core' } })
    await contract.call('swagger_get', 404, { query: { ns: 'nothing' } })
    await contract.call('swagger_getUrls', 200)
    await contract.call('openapi_json_list', 200)
  })

  it('of the server itself', async () => {
    const user = await contract.call('users_create', 200, {
      body: { email: 'cy@example.com', password: 'a long password' },
    })
    const { id } = user.body.data
    await contract.call('users_create', 409, { body: { email: 'cy@example.com', password: 'a long password' } })
    await contract.call('roles_create', 200, { body: { name: 'clerk' } })
    await useCollection('users', { email: 'di@example.com', password: 'a long password' }, { nickname: 'Di' })
    await useCollection('roles', { name: 'cook' }, { title: 'Cook' }, 'name')
    const grant = { role: 'clerk', resource: 'tags', actions: ['list'] }
    await useCollection('grants', grant, { actions: ['get'] })
    for (const action of ['firstOrCreate', 'updateOrCreate']) {
      await contract.call(`grants_${action}`, 200, { query: { filterKeys: 'role,resource' }, body: grant })
      await contract.call(`roles_${action}`, 200, { query: { filterKeys: 'name' }, body: { name: 'clerk' } })
    }
    for (const action of ['add', 'set', 'toggle']) {
      await contract.call(`users_roles_${action}`, 200, { sourceId: id, body: ['clerk'] })
    }
    await contract.call('users_roles_add', 200, { sourceId: id, body: ['clerk'] })
    await contract.call('users_roles_list', 200, { sourceId: id })
    await contract.call('users_roles_remove', 200, { sourceId: id, body: ['clerk'] })
    const signedIn = await contract.call('auth_signIn', 200, {
      token: null,
      body: { account: 'cy@example.com', password: 'a long password' },
    })
    await contract.call('auth_signIn', 401, { token: null, body: { account: 'cy@example.com', password: 'wrong' } })
    const { token } = signedIn.body.data
    await contract.call('auth_check', 200, { token })
    await contract.call('auth_changePassword', 200, {
      token,
      body: { oldPassword: 'a long password', newPassword: 'another password' },
    })
    await contract.call('auth_signOut', 200, { token })
    await contract.call('collections_create', 200, { body: { name: 'boxes', fields: [{ name: 'a', type: 'string' }] } })
    await contract.call('collections_create', 409, { body: { name: 'boxes' } })
    await contract.call('collections_list', 200)
    await contract.call('collections_get', 200, { query: { filterByTk: 'boxes' } })
    await contract.call('collections_update', 200, { query: { filterByTk: 'boxes' }, body: { title: 'Boxes' } })
    const boxes = { sourceId: 'boxes', query: { filterByTk: 'b' } }
    await contract.call('collections_fields_create', 200, { sourceId: 'boxes', body: { name: 'b', type: 'text' } })
    await contract.call('collections_fields_list', 200, { sourceId: 'boxes' })
    await contract.call('collections_fields_get', 200, boxes)
    await contract.call('collections_fields_update', 200, { ...boxes, body: { title: 'B' } })
    await contract.call('collections_fields_destroy', 200, boxes)
    await contract.call('collections_destroy', 200, { query: { filterByTk: 'boxes' } })
    await contract.call('plugins_list', 200)
    await contract.call('plugins_disable', 200, { query: { filterByTk: 'shop' } })
    await contract.call('plugins_enable', 200, { query: { filterByTk: 'shop' } })
    await contract.call('plugins_enable', 404, { query: { filterByTk: 'nothing' } })
  }, 60_000)

  it('of keys', async () => {
    const made = await contract.call('apiKeys_create', 200, { body: { name: 'one', role: 'root' } })
    const { id } = made.body.data
    await contract.call('apiKeys_list', 200)
    await contract.call('apiKeys_get', 200, { query: { filterByTk: id } })
    await contract.call('apiKeys_usage', 200, { query: { filterByTk: id } })
    await contract.call('apiKeys_update', 200, { query: { filterByTk: id }, body: { description: 'x' } })
    const next = await contract.call('apiKeys_rotate', 200, { query: { filterByTk: id }, body: { graceSeconds: 0 } })
    await contract.call('apiKeys_destroy', 200, { query: { filterByTk: next.body.data.id } })
    await contract.call('apiKeys_revokeAll', 200, { body: {} })
    const events = await contract.call('apiKeyEvents_list', 200)
    for (const id of [...contract.operations.keys()].filter((one) => /^apiKey\w*_query$/.test(one))) {
      await contract.call(id, 200, { query: { measures: [{ aggregation: 'count' }] } })
    }
    await contract.call('apiKeyEvents_get', 200, { query: { filterByTk: events.body.data[0].id } })
  })

  it('of spaces, their members and tokens, and of what is in them', async () => {
    const gone = await contract.call('spaces_create', 200, { body: { name: 'gone' } })
    const key = { query: { filterByTk: gone.body.data.id } }
    await contract.call('spaces_list', 200)
    await contract.call('spaces_get', 200, key)
    await contract.call('spaces_get', 404, { query: { filterByTk: '999999' } })
    await contract.call('spaces_update', 200, { ...key, body: { name: 'A' } })
    await contract.call('spaces_restore', 409, key)
    await contract.call('spaces_destroy', 200, key)
    await contract.call('spaces_restore', 200, key)
    const sourceId = gone.body.data.id
    const { id: userId } = await app.user('mia')
    const member = await contract.call('spaces_members_create', 200, { sourceId, body: { userId, role: 'viewer' } })
    const one = { sourceId, query: { filterByTk: member.body.data.id } }
    await contract.call('spaces_members_create', 409, { sourceId, body: { userId, role: 'viewer' } })
    await contract.call('spaces_members_create', 400, { sourceId, body: { userId, role: 'king' } })
    await contract.call('spaces_members_list', 200, { sourceId, query: { fields: 'role' } })
    await contract.call('spaces_members_list', 404, { sourceId: 999_999 })
    await contract.call('spaces_members_get', 200, one)
    await contract.call('spaces_members_update', 200, { ...one, body: { role: 'editor' } })
    await contract.call('spaces_members_destroy', 200, one)
    const token = await contract.call('spaces_tokens_create', 200, { sourceId, body: { name: 'ci', expiresIn: '30d' } })
    const its = { sourceId, query: { filterByTk: token.body.data.id } }
    await contract.call('spaces_tokens_list', 200, { sourceId })
    await contract.call('spaces_tokens_get', 200, its)
    await contract.call('spaces_tokens_usage', 200, its)
    await contract.call('spaces_tokens_update', 200, { ...its, body: { readOnly: true } })
    const next = await contract.call('spaces_tokens_rotate', 200, { ...its, body: { graceSeconds: 0 } })
    await contract.call('spaces_tokens_rotate', 409, { ...its, body: { graceSeconds: 0 } })
    await contract.call('spaces_tokens_destroy', 200, { sourceId, query: { filterByTk: next.body.data.id } })
    const headers = { 'X-Space': String(sourceId) }
    await useCollection('tasks', { title: 'eat food' }, { title: 'sleep' }, 'id', headers)
    for (const action of ['firstOrCreate', 'updateOrCreate']) {
      await contract.call(`tasks_${action}`, 200, { headers, query: { filterKeys: 'title' }, body: { title: 'x' } })
    }
    await contract.call('spaces_create', 200, { body: [{ name: 'B' }, { name: 'C' }] })
    await contract.call('tasks_create', 400, { body: { title: 'in which space?' } })
    await contract.call('tasks_list', 404, { headers: { 'X-Space': '999999' } })
    const events = await contract.call('spaceTokenEvents_list', 200)
    await contract.call('spaceTokenEvents_get', 200, { query: { filterByTk: events.body.data[0].id } })
  }, 60_000)

  it('for nobody in particular, for a bad credential, and for who may not', async () => {
    const { token } = await app.user('nan')
    for (const [id, { operation }] of contract.operations) {
      const isPublic = operation.security.some((one: object) => Object.keys(one).length === 0)
      if (!isPublic) await contract.call(id, 401, { token: null, sourceId: 1 })
      await contract.call(id, 401, { token: 'not-a-key', sourceId: 1 })
    }
    await contract.call('todos_list', 403, { token })
    await contract.call('todos_create', 403, { token, body: { title: 'x' } })
  }, 60_000)

  it('and no operation was left out', () => {
    // Known only since they were made, or ended by one that was called.
    const succeeded = [...contract.operations.keys()].filter((id) => contract.seen.get(id)?.has(200))
    const left = [...contract.operations.keys()].filter((id) => !succeeded.includes(id))
    expect(left).toEqual([])
  })
})
