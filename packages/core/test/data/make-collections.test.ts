import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
})
afterAll(() => app?.close())
afterEach(async () => expect((await get(app, 'collections:list?pageSize=1', root)).status).toBe(200))

const create = (body: unknown): Promise<TestResponse> => post(app, 'collections:create', root, body)

let made = 0
const freshName = (): string => `made${++made}`

/** Nothing of it is there: no definition, no resource, no table (the name can be had). */
async function expectAbsent(name: string): Promise<void> {
  expectRefusal(await get(app, `collections:get/${name}`, root), '404 NOT_FOUND')
  expectRefusal(await get(app, `${name}:list`, root), '404 NOT_FOUND')
  expect(outcome(await create({ name }))).toBe('200')
}

describe('200 for a new collection', () => {
  it('its resource answers when the call returns, and its fields can be read', async () => {
    const fields = [
      { name: 'title', type: 'string', required: true },
      { name: 'completed', type: 'boolean' },
    ]
    const { status, body } = await create({ name: 'todos', title: 'To dos', fields })
    expect([status, body.data]).toEqual([
      200,
      expect.objectContaining({ name: 'todos', title: 'To dos', fields, createdById: 1 }),
    ])
    expect((await post(app, 'todos:create', root, { title: 'x' })).body.data).toMatchObject({ id: 1, completed: null })
    expectRefusal(await post(app, 'todos:create', root, {}), '400 INVALID_VALUE', 'title')
    expect((await get(app, 'collections/todos/fields:list', root)).body.data).toEqual(fields)
    expect((await get(app, 'collections/todos/fields', root)).body.meta).toMatchObject({ count: 2 })
    expect((await get(app, 'collections:get/todos', root)).body.data).toMatchObject({ name: 'todos', fields })
    expect((await get(app, 'collections/todos', root)).body.data).toMatchObject({ name: 'todos' })
  })

  it('without fields, without the fields of the server', async () => {
    const name = freshName()
    await create({ name, timestamps: false, createdBy: false, updatedBy: false })
    expect((await post(app, `${name}:create`, root, [{}, {}])).body).toEqual({ data: [{ id: 1 }, { id: 2 }] })
    expect((await post(app, `${name}:update/1`, root, {})).body).toEqual({ data: [{ id: 1 }] })
    expectRefusal(await get(app, `${name}:list?sort=createdAt`, root), '400 INVALID_SORT')
  })

  it.each(['select', 'table', 'user', 'order', 'group', 'null', 'default', 'then', 'A1_b', 'x'.repeat(48)])(
    'of the name %s, which SQL might trip over',
    async (name) => {
      expect(outcome(await create({ name, fields: [{ name: 'select', type: 'string' }] }))).toBe('200')
      expect((await post(app, `${name}:create`, root, { select: 'a' })).body.data).toMatchObject({ select: 'a' })
      expect((await get(app, `${name}:list?filter[select]=a&sort=-select`, root)).body.meta.count).toBe(1)
    },
  )

  it('with 500 fields', async () => {
    const name = freshName()
    const fields = Array.from({ length: 500 }, (_, at) => ({ name: `f${at}`, type: 'text' }))
    expectRefusal(
      await create({ name, fields: [...fields, { name: 'more', type: 'text' }] }),
      '400 INVALID_VALUE',
      'fields',
    )
    expect(outcome(await create({ name, fields }))).toBe('200')
    expect((await post(app, `${name}:create`, root, { f499: 'x' })).body.data).toMatchObject({ f0: null, f499: 'x' })
    expectRefusal(
      await post(app, `collections/${name}/fields:create`, root, { name: 'more', type: 'text' }),
      '400 INVALID_VALUE',
    )
  })

  it('with indexes whose names would clash with those of another', async () => {
    expect(outcome(await create({ name: 'a', fields: [{ name: 'b_c', type: 'string', unique: true }] }))).toBe('200')
    const fields = [{ name: 'c', type: 'string', unique: true }]
    expect(outcome(await create({ name: 'a_b', fields, index: [['c', 'createdAt']] }))).toBe('200')
    for (const [collection, field] of [
      ['a', 'b_c'],
      ['a_b', 'c'],
    ]) {
      expect(outcome(await post(app, `${collection}:create`, root, { [`${field}`]: 'x' }))).toBe('200')
      expectRefusal(await post(app, `${collection}:create`, root, { [`${field}`]: 'x' }), '409 CONFLICT', field)
    }
  })
})

describe('409 for a name that is taken', () => {
  it.each(['users', 'roles', 'grants', 'sessions', 'collections', 'plugins', 'auth'])(
    'by the server: %s',
    async (name) => {
      expectRefusal(await create({ name, fields: [] }), '409 CONFLICT', 'name')
    },
  )

  it('by another collection, its sequence, its index', async () => {
    const name = freshName()
    expect(outcome(await create({ name, fields: [{ name: 'code', type: 'string', unique: true }] }))).toBe('200')
    for (const taken of [name, `${name}_id_seq`, `${name}_pkey`, `${name}_code_key`]) {
      expectRefusal(await create({ name: taken }), '409 CONFLICT', 'name')
    }
  })

  it('by a field, by one of the server', async () => {
    const text = (name: string) => ({ name, type: 'text' })
    expectRefusal(
      await create({ name: freshName(), fields: [text('a'), text('b'), text('a')] }),
      '409 CONFLICT',
      'fields.2.name',
    )
    for (const name of ['id', 'createdAt', 'updatedAt', 'createdById', 'updatedById']) {
      expectRefusal(
        await create({ name: freshName(), fields: [text('a'), text(name)] }),
        '409 CONFLICT',
        'fields.1.name',
      )
    }
  })

  it('by one of twenty that were sent at once', async () => {
    const name = freshName()
    const answers = await Promise.all(Array.from({ length: 20 }, () => create({ name, fields: [] })))
    expect(answers.map(outcome).toSorted()).toEqual(['200', ...Array.from({ length: 19 }, () => '409 CONFLICT')])
  })
})

describe('400 for a name that cannot be one', () => {
  const bad = [
    ...[
      '',
      ' ',
      '1a',
      '_a',
      'a-b',
      'a b',
      'a.b',
      'a:b',
      'a/b',
      'a"b',
      "a'b",
      'a;drop table users',
      'a\0',
      'é',
      'x'.repeat(49),
    ],
    ...['pg_class', 'PG_x', 'pg_', 'information_schema', 'postern', 'ctid', 'xmin', 'CMAX', 'tableoid'],
    ...['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'],
  ]
  it.each(bad)('%j', async (name) => {
    expectRefusal(await create({ name }), '400 INVALID_VALUE', 'name')
    expectRefusal(
      await create({ name: freshName(), fields: [{ name, type: 'text' }] }),
      '400 INVALID_VALUE',
      'fields.0.name',
    )
  })

  it.each([undefined, null, 5, true, {}, ['a']])('%j', async (name) => {
    expectRefusal(await create({ name }), '400 INVALID_VALUE', 'name')
    expectRefusal(
      await create({ name: freshName(), fields: [{ name, type: 'text' }] }),
      '400 INVALID_VALUE',
      'fields.0.name',
    )
  })
})

describe('400 for a definition that is none, with the place of the fault', () => {
  const field = (options: object) => ({ fields: [{ name: 'a', type: 'string', ...options }] })
  const bad: [object, string, string][] = [
    [{ nothing: 1 }, 'UNKNOWN_FIELD', 'nothing'],
    [{ internal: true }, 'UNKNOWN_FIELD', 'internal'],
    [{ targetKey: 'a' }, 'UNKNOWN_FIELD', 'targetKey'],
    [{ id: 1 }, 'UNKNOWN_FIELD', 'id'],
    [{ title: 5 }, 'INVALID_VALUE', 'title'],
    [{ title: 'x'.repeat(256) }, 'INVALID_VALUE', 'title'],
    [{ timestamps: 'no' }, 'INVALID_VALUE', 'timestamps'],
    [{ fields: {} }, 'INVALID_VALUE', 'fields'],
    [{ fields: 'title:string' }, 'INVALID_VALUE', 'fields'],
    [{ fields: [1] }, 'INVALID_VALUE', 'fields.0'],
    [{ fields: [{ name: 'a' }] }, 'INVALID_VALUE', 'fields.0.type'],
    [{ index: 'a' }, 'INVALID_VALUE', 'index'],
    [{ index: [['nothing']] }, 'INVALID_VALUE', 'index.0.0'],
    [{ index: [['createdAt'], ['id', 'x"; --']] }, 'INVALID_VALUE', 'index.1.1'],
    [{ index: [['id', 'id']] }, 'INVALID_VALUE', 'index.0.1'],
    [field({ type: 'nothing' }), 'INVALID_VALUE', 'fields.0.type'],
    [field({ type: 'constructor' }), 'INVALID_VALUE', 'fields.0.type'],
    [field({ type: 'varchar(5)' }), 'INVALID_VALUE', 'fields.0.type'],
    [field({ nothing: 1 }), 'UNKNOWN_FIELD', 'fields.0.nothing'],
    [field({ primaryKey: true }), 'UNKNOWN_FIELD', 'fields.0.primaryKey'],
    [field({ required: 'yes' }), 'INVALID_VALUE', 'fields.0.required'],
    [field({ minimum: 1 }), 'INVALID_VALUE', 'fields.0.minimum'],
    [field({ maxLength: 0 }), 'INVALID_VALUE', 'fields.0.maxLength'],
    [field({ maxLength: 1.5 }), 'INVALID_VALUE', 'fields.0.maxLength'],
    [field({ maxLength: 1e12 }), 'INVALID_VALUE', 'fields.0.maxLength'],
    [field({ pattern: '(' }), 'INVALID_VALUE', 'fields.0.pattern'],
    [field({ default: 5 }), 'INVALID_VALUE', 'fields.0.default'],
    [field({ default: 'x'.repeat(256) }), 'INVALID_VALUE', 'fields.0.default'],
    [field({ type: 'integer', default: '5' }), 'INVALID_VALUE', 'fields.0.default'],
    [field({ type: 'datetime', default: 'now' }), 'INVALID_VALUE', 'fields.0.default'],
    [field({ type: 'enum', enum: [] }), 'INVALID_VALUE', 'fields.0.enum'],
    [field({ type: 'decimal', precision: 5, scale: 6 }), 'INVALID_VALUE', 'fields.0.precision'],
    [field({ type: 'decimal', precision: 1001 }), 'INVALID_VALUE', 'fields.0.precision'],
  ]
  it.each(bad)('%j', async (options, code, path) => {
    const name = freshName()
    expectRefusal(await create({ name, ...options }), `400 ${code}`, path)
    await expectAbsent(name)
  })

  it.each(['null', '[]', '"todos"', '5', 'true'])('the body %s', async (raw) => {
    const headers = { 'Content-Type': 'application/json' }
    expectRefusal(
      await app.request('POST', '/api/collections:create', { token: root, raw, headers }),
      '400 INVALID_VALUE',
    )
  })

  it('one entry for each fault', async () => {
    const { body } = await create({ name: 5, title: 5, nothing: 1 })
    expect(body.errors.map(({ path }: { path: string }) => path).toSorted()).toEqual(['name', 'nothing', 'title'])
  })
})

describe('who may', () => {
  it('401 for nobody in particular, 403 for whoever has no grant', async () => {
    const { token } = await app.user('mia')
    for (const call of [
      'collections:create',
      'collections:update/todos',
      'collections:destroy/todos',
      'collections/todos/fields:create',
    ]) {
      expectRefusal(await post(app, call), '401 EMPTY_TOKEN')
      expectRefusal(await post(app, call, token), '403 NO_PERMISSION')
    }
    expectRefusal(await get(app, 'collections:list', token), '403 NO_PERMISSION')
  })
})
