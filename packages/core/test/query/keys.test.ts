import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { countRows, get, post } from '../calls.js'
import { expectRefusal, expectServing, samplesApp } from './asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp()
  await post(app, 'samples:create', undefined, [{ title: 'a' }, { title: 'b' }, { title: 'c' }])
})
afterAll(() => app?.close())
afterEach(async () => {
  await expectServing(app)
  expect(await countRows(app, 'samples')).toBe(3)
})

describe('a key that is none: 400 or 404, for every action', () => {
  const keys = [
    'abc',
    '0',
    '-1',
    '1.5',
    '1e3',
    '0x1',
    '99999999999999999999',
    '9223372036854775808',
    '1%00',
    '%00',
    'null',
    'undefined',
    'NaN',
    '[object%20Object]',
    '{}',
    '[1]x',
    '1;--',
    '1%20OR%201=1',
    "1'",
    '%2A',
    '1%2F2',
    '%D9%A1',
    'true',
    '%F0%9F%98%80',
    'a'.repeat(3000),
  ]

  it.each(keys)('%s', async (key) => {
    for (const spelled of [`/${key}`, `?filterByTk=${key}`]) {
      for (const action of ['get', 'update', 'destroy']) {
        const answer = await post(app, `samples:${action}${spelled}`, undefined, action === 'update' ? { n: 1 } : {})
        expectRefusal(answer, /^(400|404) (NOT_FOUND|INVALID_QUERY|EMPTY_FILTER)/)
      }
    }
    expectRefusal(await get(app, `samples/${key}`), /^(400|404) (NOT_FOUND|INVALID_QUERY)/)
  })

  it.each([
    'filterByTk[a]=1',
    'filterByTk[a][b]=1',
    'filterByTk[$gt]=0',
    'filterByTk[0][a]=1',
    'filterByTk[]=1&filterByTk[]=abc',
    'filterByTk=1,abc',
    'filterByTk[]=1%00',
    'filterByTk[__proto__]=1&filterByTk[$ne]=0',
  ])('?%s', async (query) => {
    for (const action of ['update', 'destroy']) {
      const answer = await post(app, `samples:${action}?${query}`, undefined, action === 'update' ? { n: 1 } : {})
      expectRefusal(answer, /^(400|404) (NOT_FOUND|INVALID_QUERY|EMPTY_FILTER)/)
    }
  })

  it.each([{ $gt: 0 }, [], {}, null, true, [[1]], [{ id: 1 }], [null], 1.5, 'abc', '', [''], '1\0'])(
    '%j in a body',
    async (filterByTk) => {
      expectRefusal(await post(app, 'samples:get', undefined, { filterByTk }), /^(400|404) (NOT_FOUND|INVALID_QUERY)/)
    },
  )

  it.each(['samples:get', 'samples:get/', 'samples/', 'samples:get?filterByTk=', 'samples:get?filterByTk[]='])(
    'none at all: %s',
    async (path) => {
      const answer = await get(app, path)
      expectRefusal(answer, /^(400|404) (NOT_FOUND|INVALID_QUERY)/)
    },
  )
})

describe('400 EMPTY_FILTER: no call writes to everything', () => {
  const nothing = [
    '',
    '?',
    '?forceUpdate=true',
    '?truncate=1',
    '?truncate=true&force=true',
    '?filter={}',
    '?filter=',
    '?filter=null',
    '?filter[]=',
    '?filter={"$and":[]}',
    '?filter={"$and":[{}]}',
    '?filter={"$and":[{"$and":[]},{}]}',
    '?filterByTk[]=',
    '?filterByTk=',
    '?filterByTk=[]',
    '?filterByTk=,',
    '?filter={"$or":[{}]}',
    '?filter={"$not":{"$or":[]}}',
    '?filter={"title":{"$notIn":[]}}',
    '?filter={"$or":[{"title":"a"},{}]}',
    '?filter={"$not":{"id":[]}}',
    '?filterByTk[]=&filter={}',
    '?where={"title":"a"}',
    '?values={}',
  ]

  it.each(nothing)('update%s', async (query) => {
    expectRefusal(await post(app, `samples:update${query}`, undefined, { n: 7 }), /^400 (EMPTY_FILTER|INVALID_FILTER)/)
    expect(await countRows(app, 'samples', { n: 7 })).toBe(0)
  })

  it.each(nothing)('destroy%s', async (query) => {
    expectRefusal(await post(app, `samples:destroy${query}`), /^400 (EMPTY_FILTER|INVALID_FILTER)/)
  })

  it.each([{ filter: { title: 'a' } }, { filterByTk: 1 }, {}, [], [1]])(
    'destroy with %j in its body only',
    async (body) => {
      expectRefusal(await post(app, 'samples:destroy', undefined, body), /^400 /)
    },
  )
})

describe('200', () => {
  it('several keys of which some are missing: those that are there', async () => {
    const { body } = await post(app, 'samples:create', undefined, [{ title: 'x' }, { title: 'y' }])
    const [first, second] = body.data.map((row: { id: number }) => row.id)
    expect((await post(app, `samples:update?filterByTk=${first},999999`, undefined, { n: 3 })).body.data).toHaveLength(
      1,
    )
    expect(
      (await post(app, `samples:destroy?filterByTk[]=${first}&filterByTk[]=${second}&filterByTk[]=999999`)).body.data,
    ).toBe(2)
  })
})
