import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('todos', { title: 'string', completed: 'boolean' })
  root = await app.signIn('root')
  for (const title of ['eat food', 'sleep', 'play games']) await post(app, 'todos:create', root, { title })
})
afterAll(() => app?.close())

/** The answer with every instant replaced, since they differ. */
const shape = (text: string): string => text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<instant>')
const record = (id: number, title: string): string =>
  `{"createdAt":"<instant>","updatedAt":"<instant>","completed":null,"createdById":1,"id":${id},"title":"${title}","updatedById":1}`

describe('200, in exactly the known shape', () => {
  it('a list: when a record was made first, then its members by name, then the meta', async () => {
    const { text } = await get(app, 'todos:list?pageSize=1', root)
    expect(shape(text)).toBe(
      `{"data":[${record(1, 'eat food')}],"meta":{"count":3,"page":1,"pageSize":1,"totalPage":3}}`,
    )
  })

  it('a list without counting', async () => {
    const { text } = await get(app, 'todos:list?pageSize=2&count=false', root)
    const data = `[${record(1, 'eat food')},${record(2, 'sleep')}]`
    expect(shape(text).replace(/"nextCursor":"[\w-]+"/, '"nextCursor":"<cursor>"')).toBe(
      `{"data":${data},"meta":{"page":1,"pageSize":2,"hasNext":true,"nextCursor":"<cursor>"}}`,
    )
    expect((await get(app, 'todos:list?pageSize=2&page=2&count=false', root)).body.meta.hasNext).toBe(false)
  })

  it('a list without pages', async () => {
    const { text } = await get(app, 'todos:list?paginate=false&sort=-id&fields=id', root)
    expect(text).toBe('{"data":[{"id":3},{"id":2},{"id":1}]}')
  })

  it('one record, a new one, several new ones, a changed one, a number', async () => {
    expect(shape((await get(app, 'todos:get/2', root)).text)).toBe(`{"data":${record(2, 'sleep')}}`)
    expect(shape((await post(app, 'todos:create', root, { title: 'x' })).text)).toBe(`{"data":${record(4, 'x')}}`)
    expect(shape((await post(app, 'todos:create', root, [{ title: 'y' }])).text)).toBe(`{"data":[${record(5, 'y')}]}`)
    expect(shape((await post(app, 'todos:update/4', root, { title: 'z' })).text)).toBe(`{"data":[${record(4, 'z')}]}`)
    expect((await post(app, 'todos:destroy?filterByTk=4,5', root)).text).toBe('{"data":2}')
  })

  it('whatever way the columns came', async () => {
    await app.collection('late', { zebra: 'string', Alpha: 'string', beta: 'string' })
    await post(app, 'collections/late/fields:create', root, { name: 'ape', type: 'string' })
    const { body } = await post(app, 'late:create', root, {})
    expect(Object.keys(body.data)).toEqual([
      'createdAt',
      'updatedAt',
      'Alpha',
      'ape',
      'beta',
      'createdById',
      'id',
      'updatedById',
      'zebra',
    ])
  })
})

describe('the option simplePaginate', () => {
  beforeAll(async () => {
    const fields = [{ name: 'title', type: 'string' }]
    await post(app, 'collections:create', root, { name: 'uncounted', simplePaginate: true, fields })
    await post(app, 'uncounted:create', root, [{}, {}, {}])
  })

  it('leaves out the counting, unless that is asked for', async () => {
    const meta = async (query: string) => (await get(app, `uncounted:list?pageSize=2${query}`, root)).body.meta
    expect(await meta('')).toEqual({ page: 1, pageSize: 2, hasNext: true, nextCursor: expect.any(String) })
    expect(await meta('&page=2')).toEqual({ page: 2, pageSize: 2, hasNext: false })
    expect(await meta('&count=true')).toEqual({ count: 3, page: 1, pageSize: 2, totalPage: 2 })
  })
})

describe('400 INVALID_PAGE', () => {
  it.each(['abc', '', 'eyJpZCI6MX0', '%00', '1'])('for the made-up cursor "%s"', async (cursor) => {
    expectRefusal(await get(app, `todos:list?after=${cursor}`, root), '400 INVALID_PAGE', 'after')
    expectRefusal(await get(app, `todos:list?count=false&after=${cursor}`, root), '400 INVALID_PAGE', 'after')
  })
})
