import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
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
beforeEach(async () => {
  name = `radios${++made}`
  await app.collection(name, { title: 'string', main: 'radio', other: { type: 'radio', default: false } })
})

/** The ids of the records that hold it. */
const holders = async (field = 'main'): Promise<number[]> => {
  const { body } = await get(app, `${name}:list?pageSize=200`, root)
  return body.data.filter((row: Record<string, unknown>) => row[field] === true).map((row: { id: number }) => row.id)
}

describe('a radio field', () => {
  it('is taken from the one that had it, by create and update; each field for itself', async () => {
    await post(app, `${name}:create`, root, { main: true, other: true })
    await post(app, `${name}:create`, root, { main: true })
    expect([await holders(), await holders('other')]).toEqual([[2], [1]])
    expect((await post(app, `${name}:update/1`, root, { main: true })).body.data[0]).toMatchObject({
      id: 1,
      main: true,
    })
    expect(await holders()).toEqual([1])
    await post(app, `${name}:update/1`, root, { main: true, title: 'again' })
    expect(await holders()).toEqual([1])
    await post(app, `${name}:update/1`, root, { main: false })
    expect(await holders()).toEqual([])
  })

  it('of several in one list the last has it', async () => {
    const { body } = await post(app, `${name}:create`, root, [{ main: true }, { main: true }, {}, { main: null }])
    expect(body.data.map((row: { main: unknown }) => row.main)).toEqual([false, true, null, null])
    expect(await holders()).toEqual([2])
  })

  it('is not taken by what does not happen', async () => {
    await post(app, `${name}:create`, root, [{ main: true }, {}, {}])
    expectRefusal(await post(app, `${name}:update/99`, root, { main: true }), '404 NOT_FOUND')
    expectRefusal(
      await post(app, `${name}:create`, root, [{ main: true }, { main: 'yes' }]),
      '400 INVALID_VALUE',
      '1.main',
    )
    const all = `${name}:update?filter=${encodeURIComponent('{"id":{"$gt":0}}')}`
    expectRefusal(await post(app, all, root, { main: true }), '400 INVALID_VALUE', 'main')
    expect(await holders()).toEqual([1])
    expect(outcome(await post(app, `${name}:update?filter={"id":[3]}`, root, { main: true }))).toBe('200')
    expect(await holders()).toEqual([3])
  })

  it('has one holder after 40 writes at once', async () => {
    await post(
      app,
      `${name}:create`,
      root,
      Array.from({ length: 10 }, () => ({})),
    )
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        i % 4 === 0
          ? post(app, `${name}:create`, root, { main: true })
          : post(app, `${name}:update/${(i % 10) + 1}`, root, { main: true }),
      ),
    )
    expect(new Set(answers.map(outcome))).toEqual(new Set(['200']))
    expect(await holders()).toHaveLength(1)
  })

  it('is taken from rows that the caller does not see, too', async () => {
    await post(app, `${name}:create`, root, { main: true })
    await app.grant(`own${made}`, name, ['*'], { where: { createdById: '{{$user.id}}' } })
    const { token } = await app.user(`user${made}`, { roles: [`own${made}`] })
    await post(app, `${name}:create`, token, { main: true })
    expect(await holders()).toEqual([2])
  })

  it('is exclusive when it is hidden, too', async () => {
    await post(app, `collections/${name}/fields:create`, root, { name: 'secret', type: 'radio', hidden: true })
    await post(app, `${name}:create`, root, [{ secret: true }, { secret: true }, {}])
    await post(app, `${name}:update/3`, root, { secret: true })
    await post(app, `collections/${name}/fields:update/secret`, root, { hidden: false })
    expect(await holders('secret')).toEqual([3])
  })

  it('cannot be true by default', async () => {
    const answer = await post(app, `collections/${name}/fields:create`, root, {
      name: 'x',
      type: 'radio',
      default: true,
    })
    expectRefusal(answer, '400 INVALID_VALUE', 'default')
  })
})

describe('a boolean that becomes a radio', () => {
  it('409 with the number of records that would lose it, unless forced; then the first one keeps it', async () => {
    await app.collection(`${name}b`, { main: { type: 'boolean', index: true } })
    name += 'b'
    await post(app, `${name}:create`, root, [{}, { main: true }, { main: true }, { main: true }])
    const retype = (query = '') => post(app, `collections/${name}/fields:update/main${query}`, root, { type: 'radio' })
    const refused = await retype()
    expectRefusal(refused, '409 CONFLICT')
    expect(refused.text).toContain('2 records')
    expect(outcome(await retype('?force=true'))).toBe('200')
    expect(await holders()).toEqual([2])
    await post(app, `${name}:update/1`, root, { main: true })
    expect(await holders()).toEqual([1])
  })
})
