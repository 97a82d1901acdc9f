import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestApp, type TestResponse } from '@postern/testkit'
import { get, post } from '../calls.js'
import { ids, notes, notesApp, walk } from './keyset-notes.js'

let app: TestApp
let root: string

beforeAll(async () => {
  ;({ app, root } = await notesApp())
})
afterAll(() => app?.close())

const list = (query: string, token = root): Promise<TestResponse> => get(app, `notes:list?${query}`, token)
const first = async (query: string): Promise<string> => (await list(`count=false&${query}`)).body.meta.nextCursor

describe('meta.nextCursor', () => {
  it('is there as long as there are more rows', async () => {
    const { body } = await list('count=false&pageSize=5')
    expect(body.meta).toEqual({ page: 1, pageSize: 5, hasNext: true, nextCursor: expect.stringMatching(/^[\w-]+$/) })
    const next = await list(`count=false&pageSize=5&after=${body.meta.nextCursor}`)
    expect(next.body.meta).toEqual({ page: 2, pageSize: 5, hasNext: false })
    expect(ids(next)).toEqual([6, 7])
  })

  it('is not there when pages are counted, and none are asked for', async () => {
    expect((await list('pageSize=2')).body.meta).toEqual({ count: 7, page: 1, pageSize: 2, totalPage: 4 })
    expect((await list('paginate=false')).body.meta).toBeUndefined()
  })

  it('comes from any page, and goes on with pages of another size', async () => {
    const cursor = await first('pageSize=2&page=2')
    expect(ids(await list(`pageSize=1&after=${cursor}`))).toEqual([5])
    expect((await list(`pageSize=1&after=${cursor}`)).body.meta).toMatchObject({ page: 3, pageSize: 1, hasNext: true })
  })

  it('goes on without being told again not to count', async () => {
    const cursor = await first('pageSize=3')
    expect(ids(await list(`after=${cursor}`))).toEqual([4, 5, 6, 7])
    expect(ids(await post(app, 'notes:list', root, { after: cursor, pageSize: 2 }))).toEqual([4, 5])
  })

  it('comes with collections that do not count', async () => {
    const fields = [{ name: 'title', type: 'string' }]
    await post(app, 'collections:create', root, { name: 'uncounted', simplePaginate: true, fields })
    await post(app, 'uncounted:create', root, [{}, {}, {}])
    const { body } = await get(app, 'uncounted:list?pageSize=2', root)
    expect(body.meta).toMatchObject({ page: 1, pageSize: 2, hasNext: true })
    expect(ids(await get(app, `uncounted:list?after=${body.meta.nextCursor}`, root))).toEqual([3])
  })
})

describe('goes on exactly where the page ended', () => {
  const orders = [
    'id',
    '-id',
    'title',
    '-title',
    'rank',
    '-rank',
    'big',
    '-big',
    'amount',
    '-amount',
    'ratio',
    '-ratio',
  ]
  it.each([
    ...orders,
    'at,-rank',
    '-rank,-title',
    'rank,title,-id',
    '-at,big',
    'createdAt',
    '-updatedAt,rank',
    'createdById',
  ])('in the order %s, with ties and without values', async (sort) => {
    const whole = ids(await list(`paginate=false&sort=${sort}`))
    expect(whole).toHaveLength(notes.length)
    for (const pageSize of [1, 2, 3]) expect(await walk(app, `sort=${sort}&pageSize=${pageSize}`, root)).toEqual(whole)
  })

  it('with a filter, which may be another one', async () => {
    const filter = (value: unknown): string => `filter=${encodeURIComponent(JSON.stringify(value))}`
    expect(await walk(app, `sort=-rank&pageSize=1&${filter({ $or: [{ rank: 1 }, { title: 'ä😀' }] })}`, root)).toEqual([
      7, 1, 4, 6,
    ])
    const cursor = await first(`sort=-rank&pageSize=2&${filter({ rank: { $exists: true } })}`)
    expect(ids(await list(`sort=-rank&after=${cursor}`))).toEqual([1, 4, 6, 2, 5])
  })

  it('when the sort keys are not among the fields', async () => {
    const { body } = await list('count=false&sort=-rank,title&fields=salary&pageSize=1')
    expect(body.data).toEqual([{ salary: 1006 }])
    const next = await list(`sort=-rank,title&fields=salary&pageSize=1&after=${body.meta.nextCursor}`)
    expect(next.body.data).toEqual([{ salary: 1002 }])
  })

  it('when the row that it ended with is gone, and others have come', async () => {
    await post(app, 'others:create', root, [
      { title: 'x', rank: 5 },
      { title: 'y', rank: 5 },
    ])
    const page = await get(app, 'others:list?count=false&sort=-rank&pageSize=2', root)
    expect(ids(page)).toEqual([8, 9])
    await post(app, 'others:destroy?filterByTk=8,9,3', root)
    await post(app, 'others:create', root, [{ rank: 4 }, { rank: 9 }, { rank: null }])
    const { nextCursor } = page.body.meta
    expect(ids(await get(app, `others:list?sort=-rank&after=${nextCursor}`, root))).toEqual([10, 7, 1, 4, 6, 2, 5, 12])
  })
})
