import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { get, post } from '../calls.js'
import { expectRefusal, expectServing, samplesApp } from './asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp()
  await post(app, 'samples:create', undefined, [
    { title: 'a', n: 1 },
    { title: 'b', n: 2 },
    { title: "o'hara", n: 3 },
  ])
})
afterAll(() => app?.close())
afterEach(() => expectServing(app))

const polluted = () => ['x', 'polluted', 'isAdmin'].filter((name) => Reflect.get({}, name) !== undefined)

describe('no prototype is reached', () => {
  it.each([
    'filter[__proto__][x]=1',
    'filter[constructor][prototype][x]=1',
    'filter[a][__proto__][x]=1',
    '__proto__[x]=1',
    'constructor[prototype][x]=1',
    'filter={"__proto__":{"x":1}}',
    'filter={"constructor":{"prototype":{"x":1}}}',
    'filter={"title":{"__proto__":{"x":1}}}',
    'filter={"$and":[{"__proto__":{"x":1}}]}',
    'sort=__proto__',
    'sort[]=constructor',
    'sort[__proto__]=x',
    'fields=__proto__',
    'fields=constructor,toString',
    'except=__proto__',
    'filter[title][constructor]=1',
    'filter[title][$in][__proto__]=x',
    'page[__proto__][x]=1',
    'hasOwnProperty=1&toString=2',
  ])('by ?%s', async (query) => {
    const answer = await get(app, `samples:list?${query}`)
    expect([200, 400]).toContain(answer.status)
    if (answer.status === 400) expectRefusal(answer, /^400 INVALID_/)
    expect(polluted()).toEqual([])
  })
})

describe('400 for a query string beyond all measure', () => {
  it.each([
    ['40 levels', `filter${'[a]'.repeat(40)}=1`],
    ['2,100 parts', 'a&'.repeat(2100)],
    ['an index of a billion', 'filter[$or][1000000000][title]=a'],
    ['an index below zero', 'filter[$or][-1][title]=a'],
    ['a sparse list', 'filter[$or][5][title]=a&filter[$or][x][title]=b'],
  ])('%s', async (_what, query) => {
    const answer = await get(app, `samples:list?${query}`)
    expect([200, 400]).toContain(answer.status)
    if (answer.status === 400) expectRefusal(answer, /^400 INVALID_/)
  })

  it.each([
    'filter=%ff',
    'filter[title]=%ff',
    'filter[title]=%00',
    'sort=%00',
    'fields=%00',
    'filterByTk=%00',
    'page=%00',
    '%00=1',
    '%',
    '&&&',
    '=',
    '[]=1',
    '[',
    ']',
    '?',
    '#',
  ])('never a 500 for ?%s', async (query) => {
    const answer = await get(app, `samples:list?${query}`)
    expect([200, 400, 404]).toContain(answer.status)
    if (answer.status !== 200) expectRefusal(answer, /^40[04] /)
  })
})

describe('values in brackets', () => {
  it.each([
    ['filter[n]=2', ['b']],
    ['filter[n][$gt]=1', ['b', "o'hara"]],
    ['filter[n][$in]=1,3', ['a', "o'hara"]],
    ['filter[n][$in][]=1&filter[n][$in][]=3', ['a', "o'hara"]],
    ['filter[n][$between]=1,2', ['a', 'b']],
    ["filter[title]=o'hara", ["o'hara"]],
    ['filter[$or][0][n]=1&filter[$or][1][title]=b', ['a', 'b']],
    ['filter[$not][n]=1', ['b', "o'hara"]],
  ])('?%s', async (query, titles) => {
    const { status, body } = await get(app, `samples:list?${query}&sort=n`)
    expect([status, body.data?.map((row: { title: string }) => row.title)]).toEqual([200, titles])
  })

  it.each([
    'filter[n]=x',
    'filter[n]=',
    'filter[n]=1e400',
    'filter[n][$gt]=NaN',
    'filter[n][$between]=1',
    'filter[n]=1.5',
    'filter[n]=0x10',
  ])('400 for ?%s', async (query) => expectRefusal(await get(app, `samples:list?${query}`), '400 INVALID_FILTER'))
})

describe('sort, fields, except', () => {
  const evil = [
    'nothing',
    'title"',
    'title;DROP TABLE samples',
    '"title" DESC; --',
    "title') OR 1=1 --",
    'pg_sleep(5)',
    '*',
    '1',
    'title.x',
    'TITLE',
    'title%00',
  ]

  it.each(evil)('400 for the name %s', async (name) => {
    const text = encodeURIComponent(name).replaceAll('%2500', '%00')
    expectRefusal(await get(app, `samples:list?sort=${text}`), '400 INVALID_SORT')
    expectRefusal(await get(app, `samples:list?sort=-${text}`), '400 INVALID_SORT')
    expectRefusal(await get(app, `samples:list?fields=${text}`), '400 INVALID_FIELDS')
    expectRefusal(await get(app, `samples:list?fields[]=title&fields[]=${text}`), '400 INVALID_FIELDS')
    expectRefusal(await get(app, `samples:list?except=${text}`), '400 INVALID_FIELDS')
    expectRefusal(await get(app, `samples:list?appends=${text}`), '400 INVALID_FIELDS')
    expectRefusal(await get(app, `samples:get/1?fields=${text}`), '400 INVALID_FIELDS')
  })

  it.each(['sort[a]=title', 'sort[0][a]=title', 'sort=--title', 'sort=-'])('400 for ?%s', async (query) =>
    expectRefusal(await get(app, `samples:list?${query}`), '400 INVALID_SORT'),
  )

  it.each(['fields[a]=title', 'fields[0][a]=title', 'except[a]=title'])('400 for ?%s', async (query) =>
    expectRefusal(await get(app, `samples:list?${query}`), '400 INVALID_FIELDS'),
  )

  it.each([
    ['sort in the body', { sort: [1] }, 'INVALID_SORT'],
    ['sort as an object', { sort: { title: 'desc' } }, 'INVALID_SORT'],
    ['fields as a number', { fields: 1 }, 'INVALID_FIELDS'],
    ['fields with null', { fields: [null] }, 'INVALID_FIELDS'],
    ['except as true', { except: true }, 'INVALID_FIELDS'],
  ])('400 for %s', async (_what, body, code) =>
    expectRefusal(await post(app, 'samples:list', undefined, body), `400 ${code}`),
  )

  it('each unknown name is told', async () => {
    const { text } = await get(app, 'samples:list?fields=first,second')
    expect(text).toContain('first')
    expect(text).toContain('second')
  })

  it.each(['paginate=maybe', 'paginate=', 'count=2', 'count[]=true'])('400 for the flag ?%s', async (query) =>
    expectRefusal(await get(app, `samples:list?${query}`), '400 INVALID_QUERY'),
  )
})
