import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { get, post } from '../calls.js'
import { expectRefusal, expectServing, samplesApp } from './asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp({ LIMIT_UNPAGED_ROWS: '30' })
  await post(
    app,
    'samples:create',
    undefined,
    Array.from({ length: 25 }, (_, n) => ({ n, title: n < 10 ? 'a' : 'b' })),
  )
})
afterAll(() => app?.close())
afterEach(() => expectServing(app))

const numbers = (rows: readonly { n: number }[]): number[] => rows.map((row) => row.n)

describe('400 INVALID_PAGE', () => {
  const bad = [
    '0',
    '-1',
    '1.5',
    'abc',
    '',
    '1e3',
    '0x10',
    '%201',
    '1%20',
    '+1',
    'NaN',
    'Infinity',
    '1;',
    'true',
    '1%00',
    '%D9%A1',
    '1,2',
  ]
  const tooMuch = {
    page: ['1e9', '99999999999999999999', '100000000'],
    pageSize: ['1000000', '1001', '99999999999999999999'],
  }

  for (const name of ['page', 'pageSize'] as const) {
    it.each([...bad, ...tooMuch[name]])(`${name}=%s`, async (value) =>
      expectRefusal(await get(app, `samples:list?${name}=${value}`), '400 INVALID_PAGE', name),
    )

    it.each([0, -1, 1.5, 'abc', '', null, [], [1], {}, true, 1e21, '1 OR 1=1'])(`${name} %j in a body`, async (value) =>
      expectRefusal(await post(app, 'samples:list', undefined, { [name]: value }), '400 INVALID_PAGE', name),
    )

    it(`${name} as a list or an object`, async () => {
      for (const query of [`${name}[]=1`, `${name}[a]=1`, `${name}=1&${name}=2`]) {
        expectRefusal(await get(app, `samples:list?${query}`), '400 INVALID_PAGE', name)
      }
    })
  }

  it('also without counting, and without pages', async () => {
    expectRefusal(await get(app, 'samples:list?count=false&page=0'), '400 INVALID_PAGE', 'page')
    expectRefusal(await get(app, 'samples:list?paginate=false&page=0'), '400 INVALID_PAGE', 'page')
  })
})

describe('200', () => {
  it('twenty rows, and how many there are', async () => {
    const { body } = await get(app, 'samples:list')
    expect(body.data).toHaveLength(20)
    expect(body.meta).toEqual({ count: 25, page: 1, pageSize: 20, totalPage: 2 })
  })

  it.each(['', '&count=false'])(
    'pages overlap nowhere and leave nothing out, sorted by what is the same %s',
    async (more) => {
      const pages = await Promise.all(
        [1, 2, 3, 4].map((page) => get(app, `samples:list?sort=title&pageSize=7&page=${page}${more}`)),
      )
      const all = pages.flatMap(({ body }) => numbers(body.data))
      expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, n) => n))
    },
  )

  it('count=false says whether there is a next page', async () => {
    const first = await get(app, 'samples:list?count=false&pageSize=20')
    expect(first.body.meta).toMatchObject({ page: 1, pageSize: 20, hasNext: true })
    expect(first.body.meta.count).toBeUndefined()
    expect((await get(app, 'samples:list?count=false&pageSize=20&page=2')).body.meta).toMatchObject({ hasNext: false })
    expect((await get(app, 'samples:list?count=false&pageSize=25')).body.meta).toMatchObject({ hasNext: false })
  })

  it('a page behind the last is empty', async () => {
    const { status, body } = await get(app, 'samples:list?page=9999')
    expect([status, body.data, body.meta.count]).toEqual([200, [], 25])
  })

  it('paginate=false gives all, without meta', async () => {
    const { body } = await get(app, 'samples:list?paginate=false&sort=n')
    expect(Object.keys(body)).toEqual(['data'])
    expect(numbers(body.data)).toEqual(Array.from({ length: 25 }, (_, n) => n))
  })
})

describe('400 RESULT_TOO_LARGE', () => {
  it('without pages above the limit, unless a filter narrows', async () => {
    await post(
      app,
      'samples:create',
      undefined,
      Array.from({ length: 6 }, () => ({ title: 'late' })),
    )
    expectRefusal(await get(app, 'samples:list?paginate=false'), '400 RESULT_TOO_LARGE')
    expectRefusal(await get(app, 'samples:list?paginate=false&pageSize=5'), '400 RESULT_TOO_LARGE')
    expect((await get(app, 'samples:list?paginate=false&filter={"title":"late"}')).body.data).toHaveLength(6)
    await post(app, 'samples:destroy?filter={"title":"late"}')
    expect((await get(app, 'samples:list?paginate=false')).body.data).toHaveLength(25)
  })
})
