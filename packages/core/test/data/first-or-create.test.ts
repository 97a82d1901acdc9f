import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { defineCollection, definePlugin, defineErrors, f } from '@postern/core'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { countRows, get, outcome, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'

const errors = defineErrors('PETS', { FULL: { status: 409, message: 'No {name} here' } })
const told: string[] = []
const pets = defineCollection('pets', { name: f.string({ unique: true }), kind: f.string().maybe() })
const petsPlugin = definePlugin({
  name: 'pets',
  collections: [pets],
  setup: ({ hooks, events, acl }) => {
    hooks.before('pets:create', ({ values, action }) => {
      if (values['name'] === 'wolf') throw errors.FULL({ name: 'wolf' })
      values['kind'] = `${action}d`
    })
    hooks.before('pets:update', async ({ values, targets }) => {
      values['kind'] = `updated ${(await targets()).length}`
    })
    hooks.written('pets:create', ({ records }) => void told.push(`written ${records.length}`))
    for (const action of ['create', 'update', 'firstOrCreate']) {
      events.after(`pets:${action}`, (event) => void told.push(event.action))
    }
    acl.restrict(({ roles }, resource, action) =>
      resource === 'pets' && action === 'create' && roles.includes('keepers') ? 'deny' : undefined,
    )
  },
})

let app: TestApp
let root: string
let name: string
let made = 0

beforeAll(async () => {
  app = await createTestApp({ plugins: [petsPlugin] })
  root = await app.signIn('root')
})
afterAll(() => app?.close())
beforeEach(async () => {
  name = `upserts${++made}`
  told.length = 0
  await app.collection(name, {
    email: { type: 'string', maxLength: 50 },
    code: { type: 'string', unique: true },
    n: 'integer',
    price: 'decimal',
    secret: { type: 'string', hidden: true },
    fixed: { type: 'string', readOnly: true },
    key: 'password',
  })
})

const call = (action: string, keys: string, body: unknown, token = root): Promise<TestResponse> =>
  post(app, `${name}:${action}?filterKeys=${keys}`, token, body)
const first = (keys: string, body: unknown, token?: string) => call('firstOrCreate', keys, body, token)
const change = (keys: string, body: unknown, token?: string) => call('updateOrCreate', keys, body, token)

describe('firstOrCreate', () => {
  it('creates the record, and after that finds it as it is', async () => {
    const created = await first('email', { email: 'a@b', n: 1 })
    expect(created).toMatchObject({ status: 200, body: { data: { id: 1, email: 'a@b', n: 1, createdById: 1 } } })
    const found = await first('email', { email: 'a@b', n: 2 })
    expect(found.body).toEqual(created.body)
    expect(await countRows(app, name)).toBe(1)
  })

  it('finds by several keys, by null, and the first of several', async () => {
    await post(app, `${name}:create`, root, [{ email: 'a', n: 1 }, { email: 'a', n: 2 }, { n: 2 }])
    expect((await first('email', { email: 'a' })).body.data.id).toBe(1)
    expect((await first('email,n', { email: 'a', n: 2 })).body.data.id).toBe(2)
    expect((await first('email&filterKeys=n', { email: null, n: 2 })).body.data.id).toBe(3)
    expect((await first('email,n', { email: 'a', n: 3 })).body.data.id).toBe(4)
  })

  it.each([
    ['email', { email: 'same' }],
    ['email,n', { email: 'same', n: 7 }],
    ['price', { price: '1.50' }],
    ['code', { code: 'same' }],
    ['email', { email: null }],
  ])('makes one record of 50 calls at once, by %s', async (keys, body) => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => first(keys, body)))
    expect(new Set(answers.map(outcome))).toEqual(new Set(['200']))
    expect(new Set(answers.map((answer) => answer.body.data.id)).size).toBe(1)
    expect(await countRows(app, name)).toBe(1)
  })

  it('makes one record of values that are written differently', async () => {
    const prices = ['1.5', '1.50', 1.5, '01.500', '+1.5']
    await Promise.all(Array.from({ length: 40 }, (_, i) => first('price', { price: prices[i % 5] })))
    expect(await countRows(app, name)).toBe(1)
  })

  it('finds what a plain create made at the same time', async () => {
    for (let i = 0; i < 10; i++) {
      const creates = [post(app, `${name}:create`, root, { code: `c${i}` })]
      const answers = await Promise.all([
        first('code', { code: `c${i}` }),
        ...creates,
        first('code', { code: `c${i}` }),
      ])
      expect([answers[0], answers[2]].map((answer) => answer && outcome(answer))).toEqual(['200', '200'])
    }
    expect(await countRows(app, name)).toBe(10)
  })
})

describe('updateOrCreate', () => {
  it('creates the record, and after that changes it', async () => {
    expect((await change('email', { email: 'a@b', n: 1 })).body.data).toMatchObject({ id: 1, n: 1 })
    expect((await change('email', { email: 'a@b', n: 2 })).body.data).toMatchObject({ id: 1, email: 'a@b', n: 2 })
    expect((await get(app, `${name}:list`, root)).body.data).toEqual([expect.objectContaining({ id: 1, n: 2 })])
  })

  it('changes one record, whatever else the query says', async () => {
    await post(app, `${name}:create`, root, [{ email: 'a' }, { email: 'a' }, { email: 'b' }])
    const more = `email&filter=${encodeURIComponent('{"email":"b"}')}&filterByTk=3`
    expect((await change(more, { email: 'a', n: 5 })).body.data.id).toBe(1)
    expect(await countRows(app, name, { n: 5 })).toBe(1)
  })

  it('makes one record of 50 calls at once, which holds what one of them wrote', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => change('code', { code: 'same', n })))
    expect(new Set(answers.map(outcome))).toEqual(new Set(['200']))
    expect(new Set(answers.map((answer) => answer.body.data.n)).size).toBe(50)
    expect(await countRows(app, name)).toBe(1)
  })
})

describe.each(['firstOrCreate', 'updateOrCreate'])('%s is refused', (action) => {
  it.each([
    ['', { email: 'a' }, '400 INVALID_QUERY', 'filterKeys'],
    ['nothing', { email: 'a' }, '400 INVALID_FIELDS', 'filterKeys'],
    ['__proto__', { email: 'a' }, '400 INVALID_FIELDS', 'filterKeys'],
    ['secret', { secret: 'a' }, '400 INVALID_FIELDS', 'filterKeys'],
    ['key', { key: 'a' }, '400 INVALID_FIELDS', 'filterKeys'],
    ['email', { n: 1 }, '400 INVALID_VALUE', 'email'],
    ['email', {}, '400 INVALID_VALUE', 'email'],
    ['email', [{ email: 'a' }], '400 INVALID_VALUE', undefined],
    ['email', { email: 5 }, '400 INVALID_VALUE', 'email'],
    ['email', { email: { $ne: null } }, '400 INVALID_VALUE', 'email'],
    ['email', { email: 'x'.repeat(51) }, '400 INVALID_VALUE', 'email'],
    ['email', { email: 'a', n: 'x' }, '400 INVALID_VALUE', 'n'],
    ['email', { email: 'a', fixed: 'x' }, '400 READONLY_FIELD', 'fixed'],
    ['id', { id: 1 }, '400 READONLY_FIELD', 'id'],
    ['email', { email: 'a', other: 1 }, '400 UNKNOWN_FIELD', 'other'],
  ])('filterKeys=%s with %j: %s', async (keys, body, refusal, path) => {
    await post(app, `${name}:create`, root, { email: 'a', n: 1 })
    const before = await get(app, `${name}:list`, root)
    expectRefusal(await call(action, keys, body), refusal, path)
    expect((await get(app, `${name}:list`, root)).text).toBe(before.text)
  })

  it('on GET, and without filterKeys at all', async () => {
    expectRefusal(await get(app, `${name}:${action}?filterKeys=email`, root), '405 METHOD_NOT_ALLOWED')
    expectRefusal(await post(app, `${name}:${action}`, root, { email: 'a' }), '400 INVALID_QUERY', 'filterKeys')
  })
})

describe('rights', () => {
  const role = async (actions: readonly string[], limits = {}): Promise<string> => {
    const roleName = `role${++made}`
    await app.grant(roleName, name, actions, limits)
    return roleName
  }
  const user = async (...roles: string[]) => (await app.user(`user${++made}`, { roles })).token

  it('are granted by the own name of the action', async () => {
    const token = await user(await role(['create', 'update', 'get', 'list']))
    expectRefusal(await first('email', { email: 'a' }, token), '403 NO_PERMISSION')
    expectRefusal(await change('email', { email: 'a' }, token), '403 NO_PERMISSION')
    const other = await user(await role(['firstOrCreate']))
    expect(outcome(await first('email', { email: 'a' }, other))).toBe('200')
    expectRefusal(await change('email', { email: 'a' }, other), '403 NO_PERMISSION')
  })

  it('hide the rows of others: they are not found, and not changed', async () => {
    const own = { where: { createdById: '{{$user.id}}' } }
    const [one, other] = [await user(await role(['*'], own)), await user(await role(['*'], own))]
    const theirs = (await first('email', { email: 'a', code: 'x', n: 1 }, one)).body.data
    expect((await first('email', { email: 'a', n: 2 }, other)).body.data.id).not.toBe(theirs.id)
    expect((await change('email', { email: 'a', n: 3 }, other)).body.data.id).not.toBe(theirs.id)
    expectRefusal(await change('code', { code: 'x', n: 9 }, other), '409 CONFLICT', 'code')
    expect((await get(app, `${name}:get/${theirs.id}`, root)).body.data).toMatchObject({ n: 1 })
  })

  it('for fields: others can be neither key nor body', async () => {
    await post(app, `${name}:create`, root, { email: 'a', n: 1 })
    const token = await user(await role(['firstOrCreate', 'updateOrCreate', 'list'], { fields: ['email'] }))
    expectRefusal(await first('n', { n: 1 }, token), '403 NO_PERMISSION')
    expectRefusal(await change('email', { email: 'a', n: 2 }, token), '403 NO_PERMISSION', 'n')
    expect((await first('email', { email: 'a' }, token)).body.data).toEqual({ id: 1, email: 'a' })
  })

  it('without reading: nothing is told but which record it is', async () => {
    await post(app, `${name}:create`, root, { email: 'a', n: 1, code: 'x' })
    const token = await user(await role(['firstOrCreate']))
    expect((await first('email', { email: 'a', n: 5, code: 'y' }, token)).body.data).toEqual({ id: 1, email: 'a' })
  })

  it('a restriction of create holds for what creates', async () => {
    await app.grant('keepers', 'pets', ['*'])
    const token = await user('keepers')
    expectRefusal(await post(app, 'pets:firstOrCreate?filterKeys=name', token, { name: 'cat' }), '403 NO_PERMISSION')
    expectRefusal(await post(app, 'pets:updateOrCreate?filterKeys=name', token, { name: 'cat' }), '403 NO_PERMISSION')
  })
})

describe('hooks and events', () => {
  const pet = (action: string, body: object) => post(app, `pets:${action}?filterKeys=name`, root, body)

  it('are those of create and update', async () => {
    expect((await pet('firstOrCreate', { name: 'dog' })).body.data.kind).toBe('created')
    expect(told).toEqual(['written 1', 'create'])
    expect((await pet('firstOrCreate', { name: 'dog' })).body.data.kind).toBe('created')
    expect(told).toHaveLength(2)
    expect((await pet('updateOrCreate', { name: 'dog' })).body.data.kind).toBe('updated 1')
    expect(told).toEqual(['written 1', 'create', 'update'])
    for (const action of ['firstOrCreate', 'updateOrCreate']) {
      expectRefusal(await pet(action, { name: 'wolf' }), '409 PETS_FULL')
    }
    expect(await countRows(app, 'pets')).toBe(1)
  })
})
