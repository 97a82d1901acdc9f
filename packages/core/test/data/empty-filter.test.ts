import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { countRows, get, post } from '../calls.js'
import { expectRefusal, samplesApp } from '../query/asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp()
  await post(app, 'samples:create', undefined, [
    { title: 'a', n: 1, list: ['x'] },
    { title: 'b', n: 2 },
    { title: null, n: 3 },
  ])
})
afterAll(() => app?.close())

const filter = (value: unknown): string => `filter=${encodeURIComponent(JSON.stringify(value))}`

/** Neither destroys nor changes anything. */
async function expectDead(query: string): Promise<void> {
  expectRefusal(await post(app, `samples:destroy?${query}`), '400 EMPTY_FILTER')
  expectRefusal(await post(app, `samples:update?${query}`, undefined, { title: 'overwritten' }), '400 EMPTY_FILTER')
  expect(await countRows(app, 'samples')).toBe(3)
  expect(await countRows(app, 'samples', { title: 'overwritten' })).toBe(0)
}

describe('400 EMPTY_FILTER', () => {
  it.each([
    '',
    'filter={}',
    'filter=null',
    'forceUpdate=true',
    'truncate=1',
    'truncate=true&filter={}',
    'force=true',
    'all=1',
  ])('for ?%s', (query) => expectDead(query))

  it.each([
    'filterByTk[]=',
    'filterByTk=',
    'filterByTk=[]',
    'filterByTk=%5B%5D',
    'filterByTk=,',
    'filterByTk[]=&filterByTk[]=',
    'filterByTk',
  ])('for the list of no keys ?%s', (query) => expectDead(query))

  it.each([
    { $and: [] },
    { $and: [{}] },
    { $and: [{}, { $and: [{}, {}] }] },
    { $or: [{}] },
    { $or: [{}, { title: 'a' }] },
    { $or: [{ title: 'a' }, { $and: [] }] },
    { $not: { $not: {} } },
    { $not: { $or: [{ n: [] }, { $not: {} }] } },
    { $not: { $and: [{ title: 'a' }, { n: [] }] } },
    { $not: { n: { $in: [] } } },
    { n: { $notIn: [] } },
    { n: { $not: { $in: [] } } },
    { title: { $notIncludes: [] } },
    { title: { $notStartsWith: [], $notEndWith: [] } },
    { list: { $noneOf: [] } },
  ])('for the filter %j, which leaves out nothing', (value) => expectDead(filter(value)))

  it.each(['filter[__proto__][x]=1', 'filter[$and][__proto__]=1'])(
    'or 400 for ?%s, of which nothing is left',
    async (query) => {
      expectRefusal(await post(app, `samples:destroy?${query}`), /^400 (EMPTY_FILTER|INVALID_FILTER) /)
      expect(await countRows(app, 'samples')).toBe(3)
    },
  )

  it('also for what stands in a body, where no filter is looked for', async () => {
    for (const body of [{ filter: { n: 1 } }, { filterByTk: 1 }, { id: 1 }, [1]]) {
      expectRefusal(await post(app, 'samples:destroy', undefined, body), '400 EMPTY_FILTER')
    }
    expect(await countRows(app, 'samples')).toBe(3)
  })
})

describe('a filter that selects nothing', () => {
  it.each([
    { n: [] },
    { n: { $in: [] } },
    { title: { $includes: [] } },
    { list: { $anyOf: [] } },
    { $not: {} },
    { n: 99 },
  ])('%j changes nothing, and says so', async (value) => {
    expect((await post(app, `samples:destroy?${filter(value)}`)).body).toEqual({ data: 0 })
    expect((await post(app, `samples:update?${filter(value)}`, undefined, { title: 'x' })).body).toEqual({ data: [] })
    expect((await get(app, `samples:list?${filter(value)}`)).body.data).toEqual([])
  })
})

describe('a filter that narrows', () => {
  it('updates what it selects, and answers with that', async () => {
    const { body } = await post(app, `samples:update?${filter({ n: { $gte: 2 } })}`, undefined, { body: 'changed' })
    expect(body.data.map((row: { n: number; body: string }) => [row.n, row.body])).toEqual([
      [2, 'changed'],
      [3, 'changed'],
    ])
    expect(await countRows(app, 'samples', { body: 'changed' })).toBe(2)
  })

  it('destroys what it selects, and says how many', async () => {
    await post(app, 'samples:create', undefined, [{ title: 'gone' }, { title: 'gone' }])
    expect((await post(app, `samples:destroy?${filter({ title: 'gone' })}`)).body).toEqual({ data: 2 })
    expect(await countRows(app, 'samples')).toBe(3)
  })

  it('of several keys counts those that are there', async () => {
    const { data } = (await post(app, 'samples:create', undefined, [{}, {}])).body
    const [first, second] = data.map((row: { id: number }) => row.id)
    expect(
      (await post(app, `samples:update?filterByTk[]=${first}&filterByTk[]=999999`, undefined, { n: 7 })).body.data,
    ).toHaveLength(1)
    expect((await post(app, `samples:destroy?filterByTk=${first},999999,${second}`)).body).toEqual({ data: 2 })
  })
})
