import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { countRows, get, outcome, post } from '../calls.js'
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
  name = `tasks${++made}`
  const fields = [
    { name: 'title', type: 'string', required: true },
    { name: 'code', type: 'string' },
    { name: 'n', type: 'integer' },
  ]
  await post(app, 'collections:create', root, { name, fields, index: [['title', 'n']] })
  await post(app, `${name}:create`, root, [{ title: 'x', n: 1 }, { title: 'longer', code: 'a' }, { title: '123' }])
})
afterEach(async () => expect((await get(app, 'collections:list?pageSize=1', root)).status).toBe(200))

const collection = (call: string, body?: unknown): Promise<TestResponse> => post(app, `collections:${call}`, root, body)
const field = (call: string, body?: unknown): Promise<TestResponse> =>
  post(app, `collections/${name}/fields:${call}`, root, body)
const valuesOf = async (column: string): Promise<unknown[]> => {
  const { body } = await get(app, `${name}:list?fields=${column}`, root)
  return body.data.map((row: Record<string, unknown>) => row[column])
}
const definition = async () => (await get(app, `collections:get/${name}`, root)).body.data

describe('a collection is changed', () => {
  it('in its title and what else may change', async () => {
    const { body } = await collection(`update/${name}`, { title: 'Tasks', description: 'x', simplePaginate: true })
    expect(body.data).toEqual([expect.objectContaining({ name, title: 'Tasks', simplePaginate: true })])
    expect((await get(app, `${name}:list`, root)).body.meta).toEqual({ page: 1, pageSize: 20, hasNext: false })
  })

  it('hidden: it is left out of the list unless that is asked for, and works as before', async () => {
    const listed = async (query = '') =>
      (await get(app, `collections:list?paginate=false${query}`, root)).body.data.map(
        (one: { name: string }) => one.name,
      )
    await collection(`update/${name}`, { hidden: true })
    expect(await listed()).not.toContain(name)
    expect(await listed('&hidden=false')).not.toContain(name)
    expect(await listed('&hidden=true')).toContain(name)
    expectRefusal(await get(app, 'collections:list?hidden=maybe', root), '400 INVALID_QUERY', 'hidden')
    expect(await definition()).toMatchObject({ name, hidden: true })
    expect(await countRows(app, name)).toBe(3)
    await collection(`update/${name}`, { hidden: false })
    expect(await listed()).toContain(name)
  })

  it.each([['name'], ['fields'], ['timestamps'], ['createdBy'], ['nothing']])(
    '400 for %s, which may not',
    async (option) => {
      const before = await definition()
      expectRefusal(await collection(`update/${name}`, { [option]: 'x' }), '400 UNKNOWN_FIELD', option)
      expect(await definition()).toEqual(before)
    },
  )

  it('404 for one that is not there or is not made at run time', async () => {
    for (const other of ['nothing', 'users', '__proto__', '%00', 'a%22b']) {
      expectRefusal(await collection(`update/${other}`, { title: 'x' }), '404 NOT_FOUND')
      expectRefusal(await collection(`destroy/${other}?force=true`), '404 NOT_FOUND')
      expectRefusal(await get(app, `collections:get/${other}`, root), '404 NOT_FOUND')
      expectRefusal(await get(app, `collections/${other}/fields:list`, root), '404 NOT_FOUND')
    }
  })

  it('400 without its name', async () => {
    for (const call of ['update', 'destroy', 'destroy?filterByTk=', 'destroy?filter={}', 'destroy?force=true']) {
      expectRefusal(await collection(call, {}), '400 INVALID_QUERY', 'filterByTk')
    }
  })
})

describe('dropping a collection', () => {
  it('409 with the number of its records, unless it is forced', async () => {
    for (const force of ['', '?force=false', '?force=0']) {
      const answer = await collection(`destroy/${name}${force}`)
      expectRefusal(answer, '409 CONFLICT')
      expect(answer.text).toContain('3 records')
    }
    expectRefusal(await collection(`destroy/${name}?force=yes`), '400 INVALID_QUERY', 'force')
    expect(await countRows(app, name)).toBe(3)
    expect((await collection(`destroy/${name}?force=true`)).body).toEqual({ data: 1 })
    expectRefusal(await get(app, `${name}:list`, root), '404 NOT_FOUND')
  })

  it('needs no force when it is empty, and leaves nothing to the next of its name', async () => {
    await post(app, `${name}:destroy?filter={"id":{"$gt":0}}`, root)
    expect(outcome(await collection(`destroy/${name}`))).toBe('200')
    expect(outcome(await collection('create', { name, fields: [{ name: 'other', type: 'json' }] }))).toBe('200')
    expect((await post(app, `${name}:create`, root, { other: [1] })).body.data).toMatchObject({ id: 1, other: [1] })
  })

  it('takes the grants on it along', async () => {
    await app.grant('worker', name, ['list'])
    await collection(`destroy/${name}?force=true`)
    await collection('create', { name, fields: [] })
    await expect(app.as('worker').call(name, 'list')).rejects.toMatchObject({ status: 403 })
  })
})

describe('a field is added', () => {
  it('and is there at once', async () => {
    expect((await field('create', { name: 'done', type: 'boolean' })).body.data).toEqual({
      name: 'done',
      type: 'boolean',
    })
    expect(await valuesOf('done')).toEqual([null, null, null])
    expect((await post(app, `${name}:create`, root, { title: 'y', done: true })).body.data.done).toBe(true)
  })

  it('with its default in the records that are there', async () => {
    const options = { type: 'string', required: true, default: "it's; --" }
    expect(outcome(await field('create', { name: 'state', ...options }))).toBe('200')
    expect(await valuesOf('state')).toEqual(["it's; --", "it's; --", "it's; --"])
  })

  it('409 when it is required and the records would have no value', async () => {
    expectRefusal(await field('create', { name: 'state', type: 'string', required: true }), '409 CONFLICT')
    expect(await definition()).not.toMatchObject({ fields: expect.arrayContaining([{ name: 'state' }]) })
  })

  it('409 when it is unique and its default is not; nothing of it is left', async () => {
    expectRefusal(await field('create', { name: 'state', type: 'string', unique: true, default: 'a' }), '409 CONFLICT')
    expectRefusal(await get(app, `${name}:list?fields=state`, root), '400 INVALID_FIELDS')
    expect(outcome(await field('create', { name: 'state', type: 'integer' }))).toBe('200')
  })

  it.each(['title', 'id', 'createdAt', 'updatedById'])('409 when the name is taken: %s', async (taken) => {
    expectRefusal(await field('create', { name: taken, type: 'text' }), '409 CONFLICT', 'name')
  })

  it.each([
    [{}, 'INVALID_VALUE', 'name'],
    [{ name: 'a' }, 'INVALID_VALUE', 'type'],
    [{ name: 'a', type: 'nothing' }, 'INVALID_VALUE', 'type'],
    [{ name: 'ctid', type: 'text' }, 'INVALID_VALUE', 'name'],
    [{ name: 'a"b', type: 'text' }, 'INVALID_VALUE', 'name'],
    [{ name: 'a', type: 'text', nothing: 1 }, 'UNKNOWN_FIELD', 'nothing'],
    [{ name: 'a', type: 'text', default: 1 }, 'INVALID_VALUE', 'default'],
  ])('400 for %j', async (body, code, path) => {
    expectRefusal(await field('create', body), `400 ${code}`, path)
  })

  it.each([null, [], [{ name: 'a', type: 'text' }], 'a', 5])('400 for the body %j', async (body) => {
    expectRefusal(await field('create', body), '400 INVALID_VALUE')
  })
})

describe('a field is dropped', () => {
  it('409 with the number of records that have a value, unless it is forced', async () => {
    const answer = await field('destroy/n')
    expectRefusal(answer, '409 CONFLICT')
    expect(answer.text).toContain('1 record;')
    expect(await valuesOf('n')).toEqual([1, null, null])
    expect((await field('destroy/n?force=true')).body).toEqual({ data: 1 })
    expectRefusal(await get(app, `${name}:list?fields=n`, root), '400 INVALID_FIELDS')
    expectRefusal(await post(app, `${name}:create`, root, { title: 'y', n: 1 }), '400 UNKNOWN_FIELD', 'n')
  })

  it('with the indexes over it', async () => {
    await field('destroy/n?force=true')
    expect(await definition()).not.toHaveProperty('index')
    expect(outcome(await field('create', { name: 'n', type: 'boolean' }))).toBe('200')
  })

  it('404 for one that is not there, or that is the server’s own', async () => {
    for (const other of ['nothing', 'id', 'createdAt', '__proto__', '%00']) {
      expectRefusal(await field(`destroy/${other}?force=true`), '404 NOT_FOUND')
      expectRefusal(await field(`update/${other}`, { title: 'x' }), '404 NOT_FOUND')
    }
    expectRefusal(await field('destroy?force=true'), '400 INVALID_QUERY', 'filterByTk')
  })
})

describe('everything is one transaction', () => {
  it('so that readers and writers meet the one collection or the other, and never a fault', async () => {
    let isOver = false
    const statuses = new Set<number>()
    const work = async (): Promise<void> => {
      while (!isOver) {
        statuses.add((await get(app, `${name}:list`, root)).status)
        statuses.add((await post(app, `${name}:create`, root, { title: 'busy' })).status)
      }
    }
    const workers = [work(), work(), work()]
    for (let count = 0; count < 5; count++) {
      expect(outcome(await field('create', { name: 'passing', type: 'integer', required: true, default: 7 }))).toBe(
        '200',
      )
      expect(outcome(await field('update/passing', { type: 'bigInt' }))).toBe('200')
      expect(outcome(await field('destroy/passing?force=true'))).toBe('200')
    }
    isOver = true
    await Promise.all(workers)
    // 503: the table changed while the request was on its way, and the client is told to try again.
    for (const status of statuses) expect([200, 503]).toContain(status)
    expect(statuses).toContain(200)
  })
})
