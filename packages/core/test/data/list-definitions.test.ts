import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'

let app: TestApp
let root: string

const fields = [
  { name: 'title', type: 'string', required: true, maxLength: 80, title: 'Title' },
  { name: 'n', type: 'integer', minimum: 1, default: 5, index: true },
  { name: 'kind', type: 'enum', enum: ['a', 'b'], default: 'a' },
  { name: 'j', type: 'json', default: { a: [1, null] } },
]

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
  for (const name of ['beta', 'alpha', 'gamma']) {
    await post(app, 'collections:create', root, { name, title: `The ${name}`, simplePaginate: name === 'beta', fields })
  }
})
afterAll(() => app?.close())

const list = (query: string): Promise<TestResponse> => get(app, `collections:list?${query}`, root)
const listFields = (query: string): Promise<TestResponse> => get(app, `collections/alpha/fields:list?${query}`, root)
const filter = (condition: object): string => `filter=${encodeURIComponent(JSON.stringify(condition))}`
const names = ({ body }: TestResponse): unknown[] => body.data.map((item: { name: string }) => item.name)

describe('collections:list', () => {
  it('gives every definition as it is, in the order in which they were made', async () => {
    const { body } = await list('')
    expect(body.data.map((item: { name: string }) => item.name)).toEqual(['beta', 'alpha', 'gamma'])
    expect(body.data[1]).toEqual((await get(app, 'collections:get/alpha', root)).body.data)
    expect(body.data[1].fields).toEqual(fields)
    expect(body.meta).toEqual({ count: 3, page: 1, pageSize: 20, totalPage: 1 })
  })

  it('sorts, pages and filters as every list does', async () => {
    expect(names(await list('sort=-name'))).toEqual(['gamma', 'beta', 'alpha'])
    const second = await list('sort=name&page=2&pageSize=2')
    expect([names(second), second.body.meta]).toEqual([['gamma'], { count: 3, page: 2, pageSize: 2, totalPage: 2 }])
    expect(names(await list(filter({ name: { $includes: 'ET' } })))).toEqual(['beta'])
    expect(names(await list(filter({ $or: [{ name: 'alpha' }, { simplePaginate: true }] })))).toEqual(['beta', 'alpha'])
    expect(names(await list('filter[title]=The%20gamma'))).toEqual(['gamma'])
    const { body } = await list('paginate=false')
    expect([body.data.length, body.meta]).toEqual([3, undefined])
    const uncounted = await list('count=false&pageSize=2')
    expect(uncounted.body.meta).toMatchObject({ hasNext: true })
    expect(names(await list(`count=false&pageSize=2&after=${uncounted.body.meta.nextCursor}`))).toEqual(['gamma'])
  })

  it('shows the chosen members', async () => {
    expect((await list('fields=name,title&sort=name&pageSize=1')).body.data).toEqual([
      { name: 'alpha', title: 'The alpha' },
    ])
    expect((await list('except=fields,createdAt,updatedAt&sort=name&pageSize=1')).body.data).toEqual([
      { createdById: 1, name: 'alpha', simplePaginate: false, title: 'The alpha', updatedById: 1 },
    ])
    const inBody = await post(app, 'collections:list', root, { filter: { name: 'beta' }, fields: ['name'] })
    expect(inBody.body.data).toEqual([{ name: 'beta' }])
  })

  it.each([
    ['sort=nothing', '400 INVALID_SORT'],
    ['fields=nothing', '400 INVALID_FIELDS'],
    ['filter={"nothing":1}', '400 INVALID_FILTER'],
    ['filter={"name":{"$where":1}}', '400 INVALID_FILTER'],
    [`filter=${encodeURIComponent('{"name":"\'; DROP TABLE users; --"}')}`, '200'],
    ['page=0', '400 INVALID_PAGE'],
    ['pageSize=100000', '400 INVALID_PAGE'],
    ['after=x&count=false', '400 INVALID_PAGE'],
    ['appends=fields', '400 INVALID_FIELDS'],
  ])('%s: %s', async (query, expected) => {
    expect(outcome(await list(query))).toBe(expected)
  })
})

describe('fields:list', () => {
  it('gives every definition as it is, sorts, pages, filters and chooses', async () => {
    expect((await listFields('')).body.data).toEqual(fields)
    expect(names(await listFields('sort=-type,name&pageSize=2'))).toEqual(['title', 'j'])
    expect(names(await listFields(filter({ type: ['enum', 'json'] })))).toEqual(['kind', 'j'])
    expect(names(await listFields(filter({ required: true })))).toEqual(['title'])
    expect(names(await listFields(filter({ maxLength: { $gte: 80 } })))).toEqual(['title'])
    expect((await listFields('fields=name,default&sort=name')).body.data).toEqual([
      { name: 'j', default: { a: [1, null] } },
      { name: 'kind', default: 'a' },
      { name: 'n', default: 5 },
      { name: 'title' },
    ])
    expectRefusal(await listFields('sort=nothing'), '400 INVALID_SORT')
  })
})

describe('collections:update', () => {
  const update = (body: object, query = ''): Promise<TestResponse> =>
    post(app, `collections:update/gamma${query}`, root, body)
  const indexes = async (): Promise<unknown[]> => {
    const { rows } = await app.application.db.sql`
      SELECT indexdef FROM pg_indexes WHERE tablename = 'gamma' AND indexdef NOT LIKE '%UNIQUE%' ORDER BY 1`
    // Each with the primary key behind its own fields.
    return rows.map((row) => /\((.*), id\)/.exec(String(row['indexdef']))?.[1])
  }

  it('makes and drops indexes over several fields', async () => {
    expect((await update({ index: [['title', 'n'], ['kind']] })).body.data[0].index).toEqual([['title', 'n'], ['kind']])
    expect(await indexes()).toEqual(['kind', 'n', 'title, n'])
    expect(outcome(await update({ index: [['n'], ['n', 'kind']] }))).toBe('200')
    expect(await indexes()).toEqual(['n', 'n, kind'])
    expect((await update({ index: null })).body.data[0]).not.toHaveProperty('index')
    expect(await indexes()).toEqual(['n'])
    expectRefusal(await update({ index: [['nothing']] }), '400 INVALID_VALUE', 'index.0.0')
  })

  it('puts records in an order, and takes it away only by force', async () => {
    await post(app, 'gamma:create', root, [{ title: 'a' }, { title: 'b' }])
    expect(outcome(await update({ sortable: true }))).toBe('200')
    expect(outcome(await post(app, 'gamma:move?sourceId=2&targetId=1', root))).toBe('200')
    expect((await get(app, 'gamma:list?sort=sort&fields=title', root)).body.data).toEqual([
      { title: 'b' },
      { title: 'a' },
    ])
    const refused = await update({ sortable: false })
    expectRefusal(refused, '409 CONFLICT')
    expect(refused.text).toContain('2 records')
    expect(outcome(await update({ sortable: false }, '?force=true'))).toBe('200')
    expectRefusal(await post(app, 'gamma:move?sourceId=2&targetId=1', root), '404 NOT_FOUND')
    expectRefusal(await update({ sortable: 'title' }), '409 CONFLICT', 'sortable')
  })

  it('null takes a title back', async () => {
    expect((await update({ title: null, description: 'x' })).body.data[0]).not.toHaveProperty('title')
  })
})
