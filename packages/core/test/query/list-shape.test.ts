import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { get, post } from '../calls.js'
import { expectRefusal, expectServing, samplesApp } from './asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp()
  await post(app, 'samples:create', undefined, [
    { title: 'b', n: 2 },
    { title: 'a', n: 1 },
    { title: null, n: 3 },
    { title: 'a', n: null },
  ])
})
afterAll(() => app?.close())
afterEach(() => expectServing(app))

const rowsOf = async (query: string): Promise<unknown[]> => (await get(app, `samples:list?${query}`)).body.data

describe('what a list gives', () => {
  it('every column of a record, nothing else', async () => {
    const [row] = await rowsOf('')
    const own = [
      'title',
      'body',
      'n',
      'big',
      'f',
      'd',
      'dec',
      'amount',
      'yes',
      'at',
      'local',
      'day',
      'clock',
      'u',
      'nano',
      'j',
      'list',
      'kind',
    ]
    const standard = ['id', 'createdAt', 'updatedAt', 'createdById', 'updatedById']
    expect(Object.keys(Object(row)).toSorted()).toEqual([...own, ...standard].toSorted())
    expect(row).toMatchObject({
      id: 1,
      createdById: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
    })
  })

  it.each([
    ['fields=title,n', ['title', 'n']],
    ['fields[]=title&fields[]=n', ['title', 'n']],
    ['fields=title&fields=n', ['title', 'n']],
    ['fields=title,title', ['title']],
    ['fields=title, n&except=n', ['title']],
  ])('?%s', async (query, names) => {
    const [row] = await rowsOf(query.replace(' ', '%20'))
    expect(Object.keys(Object(row)).toSorted()).toEqual(names.toSorted())
  })

  it('except leaves out', async () => {
    const [row] = await rowsOf('except=title,n')
    expect(Object.keys(Object(row))).toEqual(expect.arrayContaining(['id', 'body']))
    expect(Object.keys(Object(row))).not.toEqual(expect.arrayContaining(['title']))
  })

  it.each([
    ['sort=title,n', [2, 4, 1, 3]],
    ['sort=-title', [1, 2, 4, 3]],
    ['sort=n', [2, 1, 3, 4]],
    ['sort=-n', [3, 1, 2, 4]],
    ['sort[]=-title&sort[]=-id', [1, 4, 2, 3]],
    ['sort=-id', [4, 3, 2, 1]],
    ['', [1, 2, 3, 4]],
  ])('?%s, nulls last', async (query, ids) => {
    expect((await rowsOf(`${query}&fields=id`)).map((row) => Reflect.get(Object(row), 'id'))).toEqual(ids)
  })

  it('says how many there are, by the filter', async () => {
    const { body } = await get(app, 'samples:list?filter={"title":"a"}&pageSize=1')
    expect(body.meta).toEqual({ count: 2, page: 1, pageSize: 1, totalPage: 2 })
    expect((await get(app, 'samples:list?filter={"title":"nothing"}')).body).toEqual({
      data: [],
      meta: { count: 0, page: 1, pageSize: 20, totalPage: 0 },
    })
  })
})

describe('what get gives', () => {
  it('one record, by key or by filter', async () => {
    expect((await get(app, 'samples:get/1?fields=title')).body).toEqual({ data: { title: 'b' } })
    expect((await get(app, 'samples:get?filterByTk=1&fields=title')).body).toEqual({ data: { title: 'b' } })
    expect((await get(app, 'samples:get?filter={"n":3}&fields=id')).body).toEqual({ data: { id: 3 } })
  })

  it('404 where key and filter contradict each other', async () => {
    expectRefusal(await get(app, 'samples:get/1?filter={"n":3}'), '404 NOT_FOUND')
    expectRefusal(await get(app, 'samples:get?filter={"n":99}'), '404 NOT_FOUND')
  })
})

describe('every answer', () => {
  it.each([
    'samples:list',
    'samples:list?page=0',
    'samples:get/99',
    'samples:nothing',
    'users:list',
    'samples:create',
    'samples:%ff',
  ])('of %s has an id of its own, and is JSON', async (path) => {
    const [one, other] = [await get(app, path), await get(app, path)]
    expect(one.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
    expect(one.headers['x-request-id']).not.toBe(other.headers['x-request-id'])
    expect(one.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
    })
    expect(one.headers['x-powered-by']).toBeUndefined()
    if (one.status !== 200) expectRefusal(one, new RegExp(`^${one.status} [A-Z_]+ `))
  })
})
