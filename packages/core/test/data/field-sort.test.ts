import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'

let app: TestApp
let root: string
let name: string
let made = 0

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
})
afterAll(() => app?.close())

const collection = (body: object): Promise<TestResponse> =>
  post(app, 'collections:create', root, { name, fields: [{ name: 'title', type: 'string' }], ...body })
const titles = async (query = 'sort=sort'): Promise<string> => {
  const { body } = await get(app, `${name}:list?pageSize=200&${query}`, root)
  return body.data.map((row: { title: string }) => row.title).join('')
}
const numbers = async (field = 'sort'): Promise<unknown[]> => {
  const { body } = await get(app, `${name}:list?pageSize=200`, root)
  return body.data.map((row: Record<string, unknown>) => row[field])
}
const fill = (letters: string): Promise<TestResponse> =>
  post(
    app,
    `${name}:create`,
    root,
    [...letters].map((title) => ({ title })),
  )

beforeEach(() => {
  name = `ordered${++made}`
})

describe('a sort field', () => {
  beforeEach(() => collection({ sortable: true }))

  it('is there in a sortable collection, and gives each new record the next number', async () => {
    expect((await post(app, `${name}:create`, root, { title: 'a' })).body.data.sort).toBe(1)
    expect((await fill('bc')).body.data.map((row: { sort: number }) => row.sort)).toEqual([2, 3])
    expect((await post(app, `${name}:create`, root, { title: 'd', sort: 10 })).body.data.sort).toBe(10)
    expect((await post(app, `${name}:create`, root, { title: 'e' })).body.data.sort).toBe(11)
    expect((await post(app, `${name}:create`, root, { title: 'f', sort: null })).body.data.sort).toBeNull()
    const mixed = await post(app, `${name}:create`, root, [{}, { sort: 20 }, {}])
    expect(mixed.body.data.map((row: { sort: number }) => row.sort)).toEqual([21, 20, 22])
  })

  it('gives 50 records that are made at once 50 numbers', async () => {
    await Promise.all(Array.from({ length: 50 }, () => post(app, `${name}:create`, root, { title: 'x' })))
    expect((await numbers()).map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
  })

  it('gives nothing for a record that is refused', async () => {
    expectRefusal(await post(app, `${name}:create`, root, { title: 1 }), '400 INVALID_VALUE', 'title')
    expect((await post(app, `${name}:create`, root, {})).body.data.sort).toBe(1)
  })
})

describe('a sort field of a collection that has records', () => {
  it('numbers them in the order in which they were made; it can become a plain number and come back', async () => {
    await collection({})
    await fill('abc')
    await post(app, `collections/${name}/fields:create`, root, { name: 'rank', type: 'sort', required: true })
    expect(await numbers('rank')).toEqual([1, 2, 3])
    const retype = (type: string) => post(app, `collections/${name}/fields:update/rank`, root, { type })
    for (const type of ['integer', 'bigInt', 'sort']) expect(outcome(await retype(type))).toBe('200')
    expect(await numbers('rank')).toEqual([1, 2, 3])
    expect((await post(app, `${name}:create`, root, {})).body.data.rank).toBe(4)
  })
})

describe('the option sortable', () => {
  it('takes the name of a field, of its own or defined', async () => {
    await collection({ sortable: 'place' })
    expect((await post(app, `${name}:create`, root, {})).body.data).toMatchObject({ place: 1 })
    name += 'b'
    await collection({ sortable: true, fields: [{ name: 'sort', type: 'sort', title: 'Order' }] })
    expect((await post(app, `${name}:create`, root, {})).body.data).toMatchObject({ sort: 1 })
    expect((await get(app, `collections:get/${name}`, root)).body.data).toMatchObject({ sortable: true })
  })

  it.each([
    [{ sortable: true, fields: [{ name: 'sort', type: 'string' }] }, '409 CONFLICT'],
    [{ sortable: 'id' }, '409 CONFLICT'],
    [{ sortable: 'a-b' }, '400 INVALID_VALUE'],
    [{ sortable: 1 }, '400 INVALID_VALUE'],
    [{ sortable: '' }, '400 INVALID_VALUE'],
  ])('%j is refused', async (options, refusal) => {
    expectRefusal(await collection(options), refusal, 'sortable')
    expectRefusal(await get(app, `${name}:list`, root), '404 NOT_FOUND')
  })
})

describe('move', () => {
  const id = (letter: string): number => letter.charCodeAt(0) - 96
  const move = (query: string, token = root): Promise<TestResponse> => post(app, `${name}:move?${query}`, token)
  const place = (one: string, other: string, method = ''): Promise<TestResponse> =>
    move(`sourceId=${id(one)}&targetId=${id(other)}${method && `&method=${method}`}`)

  beforeEach(async () => {
    await collection({ sortable: true })
    await fill('abcdef')
  })

  it.each([
    ['e', 'b', '', 'aebcdf'],
    ['b', 'e', '', 'acdebf'],
    ['f', 'a', '', 'fabcde'],
    ['a', 'f', '', 'bcdefa'],
    ['e', 'b', 'insertAfter', 'abecdf'],
    ['b', 'e', 'insertAfter', 'acdebf'],
    ['c', 'b', 'insertAfter', 'abcdef'],
    ['a', 'f', 'insertAfter', 'bcdefa'],
    ['e', 'b', 'prepend', 'aebcdf'],
    ['b', 'e', 'prepend', 'acdbef'],
    ['b', 'c', 'prepend', 'abcdef'],
    ['f', 'a', 'prepend', 'fabcde'],
    ['c', 'c', '', 'abcdef'],
  ])('%s to %s %s gives %s', async (one, other, method, order) => {
    expect((await place(one, other, method)).body).toEqual({ data: 'ok' })
    expect(await titles()).toBe(order)
    expect((await numbers()).map(Number).sort()).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('sticky puts it on top; parameters may come in the body', async () => {
    expect((await move(`sourceId=4&sticky=true`)).body).toEqual({ data: 'ok' })
    expect(await titles()).toBe('dabcef')
    expect((await post(app, `${name}:move`, root, { sourceId: 1, targetId: 6, method: 'insertAfter' })).status).toBe(
      200,
    )
    expect(await titles()).toBe('dbcefa')
  })

  it('mends numbers that are missing or the same', async () => {
    await post(app, `${name}:update?filter={"id":[2,3,4]}`, root, { sort: 2 })
    await post(app, `${name}:update/6`, root, { sort: null })
    await place('d', 'b')
    expect(await titles()).toBe('adbcef')
    await place('f', 'a')
    expect(await titles()).toBe('fadbce')
  })

  it.each([
    ['', 'sourceId'],
    ['sourceId=1', 'targetId'],
    ['targetId=1', 'sourceId'],
    ['sourceId=1&targetId=2&method=swap', 'method'],
    ['sourceId=1&targetId=2&sortField=title', 'sortField'],
    ['sourceId=1&sticky=perhaps', 'sticky'],
  ])('400 INVALID_QUERY for "%s"', async (query, path) => {
    expectRefusal(await move(query), '400 INVALID_QUERY', path)
    expect(await titles()).toBe('abcdef')
  })

  it.each(['sourceId=99&targetId=1', 'sourceId=1&targetId=99', 'sourceId=abc&targetId=1', 'sourceId=1&targetId[x]=1'])(
    '404 for %s',
    async (query) => {
      expectRefusal(await move(query), '404 NOT_FOUND')
      expect(await titles()).toBe('abcdef')
    },
  )

  it('is no action of a collection without an order, and answers to POST only', async () => {
    await app.collection('unordered', { title: 'string' })
    expectRefusal(await post(app, 'unordered:move?sourceId=1&targetId=2', root), '404 NOT_FOUND')
    expectRefusal(await get(app, `${name}:move?sourceId=1&targetId=2`, root), '405 METHOD_NOT_ALLOWED')
  })

  it('keeps every record and every number under 30 moves at once', async () => {
    const letters = [...'abcdef']
    const moves = Array.from(
      { length: 30 },
      (_, i) => [letters[i % 6] ?? 'a', letters[(i * 5 + 2) % 6] ?? 'b'] as const,
    )
    const answers = await Promise.all([...moves.map(([one, other]) => place(one, other)), fill('xyz')])
    expect(new Set(answers.map(outcome))).toEqual(new Set(['200']))
    expect((await numbers()).map(Number).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  describe('with rights', () => {
    it('is granted by its own name', async () => {
      await app.grant('movers', name, ['move', 'list'])
      await app.grant('writers', name, ['create', 'update'])
      const [mover, writer] = [
        await app.user(`m${made}`, { roles: ['movers'] }),
        await app.user(`w${made}`, { roles: ['writers'] }),
      ]
      expectRefusal(await move('sourceId=1&targetId=2', writer.token), '403 NO_PERMISSION')
      expect(outcome(await move('sourceId=1&targetId=2', mover.token))).toBe('200')
      expectRefusal(await move('sourceId=1&targetId=2', ''), /401/)
    })

    it('needs the right to write the field', async () => {
      await app.grant('titlers', name, ['move'], { fields: ['title'] })
      const { token } = await app.user(`t${made}`, { roles: ['titlers'] })
      expectRefusal(await move('sourceId=1&targetId=2', token), '403 NO_PERMISSION')
    })

    it('sees and touches the rows of the caller only: the others keep their numbers', async () => {
      await app.grant('vowels', name, ['move'], { where: { title: ['a', 'c', 'e'] } })
      const { token } = await app.user(`v${made}`, { roles: ['vowels'] })
      expectRefusal(await move('sourceId=2&targetId=1', token), '404 NOT_FOUND')
      expectRefusal(await move('sourceId=1&targetId=2', token), '404 NOT_FOUND')
      const before = await get(app, `${name}:list?filter[title]=b,d,f&sort=id`, root)
      expect(outcome(await move('sourceId=5&targetId=1', token))).toBe('200')
      expect(await titles()).toBe('ebadcf')
      expect((await get(app, `${name}:list?filter[title]=b,d,f&sort=id`, root)).text).toBe(before.text)
    })
  })
})
