import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestResponse } from '@postern/testkit'
import { ask, createWorld, data, defineSpaced, post, type World } from './space-app.js'

const name = 'Größe & Co/1'
const collection = 'books'
const base = `/openapi/bases/${encodeURIComponent(name)}/tables/${collection}`
let world: World
beforeAll(async () => {
  world = await createWorld()
  await data(post(world.app, world.ann, `spaces:update/${world.a}`, { name }))
  await defineSpaced(world.app, collection, [
    { name: 'title', type: 'string' },
    { name: 'pages', type: 'integer' },
    { name: 'read', type: 'boolean' },
    { name: 'printed', type: 'dateOnly' },
    { name: 'tags', type: 'array' },
  ])
  const books = [
    { title: 'Emma', pages: 474, read: true, printed: '1815-12-23', tags: ['novel'] },
    { title: 'Cosmos', pages: 396, read: false, printed: '1980-10-12' },
    { title: 'Blank' },
  ]
  const answer = await call('POST', '/records/bulk', { records: books.map((values) => ({ values })) })
  expect(answer).toMatchObject({ status: 201, body: { createdCount: 3 } })
})
afterAll(() => world?.app.close())

const call = (method: string, path: string, body?: unknown): Promise<TestResponse> =>
  ask(world.app, world.ta, method, `${base}${path}`, body)
const titles = async (query: string): Promise<unknown[]> => {
  const { status, body, text } = await call('GET', `/records${query}`)
  if (status !== 200) throw new Error(`${status} ${text}`)
  return body.records.map(({ values }: { values: { title: string } }) => values.title)
}
const filtered = (filter: unknown): Promise<unknown[]> =>
  titles(`?filter=${encodeURIComponent(JSON.stringify(filter))}`)

describe('a record', () => {
  it('is {id, values, displayValues}', async () => {
    const { body, headers } = await call('GET', '/records?pageSize=1')
    expect(headers['content-type']).toContain('application/json')
    expect(Object.keys(body)).toEqual(['total', 'records'])
    const [record] = body.records
    expect(Object.keys(record)).toEqual(['id', 'values', 'displayValues'])
    expect(record.values).toMatchObject({
      title: 'Emma',
      pages: 474,
      read: true,
      tags: ['novel'],
      createdById: world.ann.id,
    })
    expect(record.values).not.toHaveProperty('id')
    expect(record.displayValues).toMatchObject({ title: 'Emma', pages: '474', read: 'true' })
    expect(await call('GET', `/records/${record.id}`)).toMatchObject({ status: 200, body: record })
  })

  it('has its id whatever is asked for', async () => {
    for (const query of ['?fields=title', '?except=id', '?fields[]=pages&sort=id']) {
      const { body } = await call('GET', `/records${query}`)
      for (const record of body.records) expect(record.id).toEqual(expect.any(Number))
    }
  })

  it('HEAD answers as GET without a body', async () => {
    expect(await call('HEAD', '/records')).toMatchObject({ status: 200, text: '' })
  })
})

describe('pages', () => {
  it('of 20 unless said otherwise, with the number of all records', async () => {
    const many = Array.from({ length: 22 }, (_, index) => ({ values: { title: `many ${index}` } }))
    await call('POST', '/records/bulk', { records: many })
    const page = async (query: string) => {
      const { body } = await call('GET', `/records${query}`)
      return [body.total, body.records.length]
    }
    expect(await page('')).toEqual([25, 20])
    expect(await page('?page=2')).toEqual([25, 5])
    expect(await page('?page=3&pageSize=10')).toEqual([25, 5])
    expect(await page('?page=99')).toEqual([25, 0])
    // The total is that of all records also where lists of the collection are not counted otherwise.
    expect(await page('?count=false&pageSize=2')).toEqual([25, 2])
    const { body } = await call('DELETE', '/records', { filter: { title: { $startsWith: 'many' } } })
    expect(body).toEqual({ deletedCount: 22 })
  })

  it('of a collection whose lists are not counted have the total as well', async () => {
    await world.app.application.call('collections', 'create', {
      body: { name: 'quick', spaced: true, simplePaginate: true, fields: [{ name: 'n', type: 'integer' }] },
    })
    const path = `/openapi/bases/${encodeURIComponent(name)}/tables/quick/records`
    const records = [1, 2, 3].map((n) => ({ values: { n } }))
    await ask(world.app, world.ta, 'POST', `${path}/bulk`, { records })
    expect((await ask(world.app, world.ta, 'GET', `${path}?pageSize=1`)).body).toMatchObject({ total: 3 })
  })

  it('in any order', async () => {
    expect(await titles('?sort=-pages')).toEqual(['Emma', 'Cosmos', 'Blank'])
  })
})

describe('filters', () => {
  const one = (field: string, op: string, value?: unknown) => ({ conjunction: 'and', children: [{ field, op, value }] })
  it.each([
    [{ title: 'Emma' }, ['Emma']],
    [{ $or: [{ title: 'Emma' }, { pages: { $lt: 400 } }] }, ['Emma', 'Cosmos']],
    [one('title', 'eq', 'Emma'), ['Emma']],
    [one('title', '=', 'Emma'), ['Emma']],
    [one('title', 'neq', 'Emma'), ['Cosmos', 'Blank']],
    [one('title', 'contains', 'm'), ['Emma', 'Cosmos']],
    [one('title', 'does_not_contain', 'mm'), ['Cosmos', 'Blank']],
    [one('title', 'starts_with', 'bl'), ['Blank']],
    [one('title', 'ends_with', 'A'), ['Emma']],
    [one('title', 'in', ['Emma', 'Blank']), ['Emma', 'Blank']],
    [one('title', 'nin', ['Emma', 'Blank']), ['Cosmos']],
    [one('pages', 'gt', 400), ['Emma']],
    [one('pages', 'gte', 396), ['Emma', 'Cosmos']],
    [one('pages', 'lt', 474), ['Cosmos']],
    [one('pages', 'lte', 474), ['Emma', 'Cosmos']],
    [one('pages', 'is_empty'), ['Blank']],
    [one('pages', 'is_not_empty'), ['Emma', 'Cosmos']],
    [one('read', 'is_true'), ['Emma']],
    [one('read', 'is_false'), ['Cosmos', 'Blank']],
    [one('printed', 'is_before', '1900-01-01'), ['Emma']],
    [one('printed', 'is_after', '1900-01-01'), ['Cosmos']],
    [one('printed', 'is_same_day', '1980-10-12'), ['Cosmos']],
    [
      {
        conjunction: 'or',
        children: [
          { field: 'title', op: 'eq', value: 'Blank' },
          {
            conjunction: 'and',
            children: [
              { field: 'pages', op: 'gt', value: 1 },
              { field: 'read', op: 'is_true' },
            ],
          },
        ],
      },
      ['Emma', 'Blank'],
    ],
    [{ conjunction: 'and', children: [] }, ['Emma', 'Cosmos', 'Blank']],
  ])('%j', async (filter, expected) => {
    expect(await filtered(filter)).toEqual(expected)
  })

  it('in brackets', async () => {
    expect(await titles('?filter[title]=Emma')).toEqual(['Emma'])
    const query =
      '?filter[conjunction]=and&filter[children][0][field]=title&filter[children][0][op]=eq&filter[children][0][value]=Emma'
    expect(await titles(query)).toEqual(['Emma'])
    expect(
      await titles(
        '?filter[conjunction]=and&filter[children][0][field]=pages&filter[children][0][op]=gt&filter[children][0][value]=400',
      ),
    ).toEqual(['Emma'])
  })

  it.each([
    [{ conjunction: 'xor', children: [] }, 'filter.conjunction'],
    [{ conjunction: 'and' }, 'filter.children'],
    [{ conjunction: 'and', children: [7] }, 'filter.children.0'],
    [{ conjunction: 'and', children: [{ op: 'eq', value: 1 }] }, 'filter.children.0.field'],
    [one('title', 'like', 'x'), 'filter.children.0.op'],
    [one('title', 'constructor', 'x'), 'filter.children.0.op'],
    [{ conjunction: 'or', children: [] }, 'filter'],
  ])('400 INVALID_FILTER: %j', async (filter, path) => {
    const answer = await call('GET', `/records?filter=${encodeURIComponent(JSON.stringify(filter))}`)
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: 'INVALID_FILTER' }] } })
    expect(answer.body.errors[0].path).toContain(path)
  })

  it('400 for broken JSON, and for more than 10 levels', async () => {
    expect((await call('GET', '/records?filter={"title"')).status).toBe(400)
    const deep = (levels: number): object => ({ conjunction: 'and', children: levels > 1 ? [deep(levels - 1)] : [] })
    const answer = await call('DELETE', '/records', { filter: deep(12) })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: 'INVALID_FILTER' }] } })
  })
})

describe('bulk', () => {
  it('is whole or nothing', async () => {
    const records = [{ values: { title: 'good' } }, { values: { pages: 'many' } }]
    const answer = await call('POST', '/records/bulk', { records })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: 'INVALID_VALUE' }] } })
    expect(answer.body.errors[0].path).toContain('1')
    expect(await titles('?filter[title]=good')).toEqual([])
  })
})
