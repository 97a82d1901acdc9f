import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
  const fields = [{ name: 'x', type: 'string' }]
  await post(app, 'collections:create', root, { name: 'parents', fields })
  const kids = [...fields, { name: 'parent', type: 'belongsTo', target: 'parents' }]
  await post(app, 'collections:create', root, { name: 'kids', fields: kids })
  const many = { name: 'kids', type: 'hasMany', target: 'kids', foreignKey: 'parentId' }
  await post(app, 'collections/parents/fields:create', root, many)
  const tags = { name: 'others', type: 'belongsToMany', target: 'kids' }
  await post(app, 'collections/parents/fields:create', root, tags)
  await post(app, 'parents:create', root, [{ x: 'a' }, { x: 'b' }])
  await post(app, 'kids:create', root, [{ x: 'k', parentId: 1 }])
})
afterAll(() => app?.close())

const count = async (name: string) => (await get(app, `${name}:list?pageSize=1`, root)).body.meta.count

function expectNamed(answer: TestResponse, path: string, nearest?: string): void {
  expect(outcome(answer)).toBe('400 INVALID_QUERY')
  expect(answer.body.errors[0].path).toBe(path)
  if (nearest !== undefined) expect(answer.body.errors[0].message).toContain(`did you mean "${nearest}"`)
}

describe('a parameter that an action does not know', () => {
  it.each([
    ['GET', 'kids:list?pagesize=1', 'pagesize', 'pageSize'],
    ['GET', 'kids:list?filters={"x":"a"}', 'filters', 'filter'],
    ['GET', 'kids:get/1?field=x', 'field', 'fields'],
    ['GET', 'kids?sorts=x', 'sorts', 'sort'],
    ['GET', 'kids/1?append=parent', 'append', 'appends'],
    ['POST', 'kids:create?upsert=true', 'upsert', undefined],
    ['POST', 'kids:update/1?whitelst=x', 'whitelst', 'whitelist'],
    ['POST', 'kids:destroy?filterbytk=1&filterByTk=1', 'filterbytk', 'filterByTk'],
    ['DELETE', 'kids/1?force=true', 'force', undefined],
    ['POST', 'kids:firstOrCreate?filterKey=x', 'filterKey', 'filterKeys'],
    ['GET', 'kids:query?measure=[]', 'measure', 'measures'],
    ['GET', 'parents/1/kids:list?pagesize=1', 'pagesize', 'pageSize'],
    ['POST', 'parents/1/kids:create?upsert=true', 'upsert', undefined],
    ['POST', 'parents/1/others:add?filterByTks=1', 'filterByTks', 'filterByTk'],
    ['GET', 'collections:list?hiden=true', 'hiden', 'hidden'],
    ['POST', 'collections:destroy/kids?forced=true', 'forced', 'force'],
    ['GET', 'collections/kids/fields:list?pagesize=1', 'pagesize', 'pageSize'],
    ['GET', 'users:list?pagesize=1', 'pagesize', 'pageSize'],
    ['GET', 'roles:list?pagesize=1', 'pagesize', 'pageSize'],
    ['GET', 'auth:check?verbose=1', 'verbose', undefined],
    ['GET', 'kids:list?filter[x]=a&constructor=1', 'constructor', undefined],
  ])('is named: %s %s', async (method, path, name, nearest) => {
    const before = await count('kids')
    const body = method === 'POST' ? { body: { x: 'new' } } : {}
    expectNamed(await app.request(method, `/api/${path}`, { token: root, ...body }), name, nearest)
    expect(await count('kids')).toBe(before)
  })

  it.each(['kids:list', 'kids:query', 'kids:get/1', 'parents/1/kids:list'])(
    'is named in the body of what reads: %s',
    async (path) => {
      expectNamed(await post(app, path, root, { filtr: {} }), 'filtr', 'filter')
      expectNamed(await post(app, `${path}?filter={}`, root, { filter: {} }), 'filter')
    },
  )
})

describe('contradictions', () => {
  it.each([
    ['GET', 'parents:get?filterByTk=1&filterByTk=2', undefined],
    ['GET', 'parents:get?filterByTk=1,2', undefined],
    ['GET', 'parents:get/1?filterByTk=2', undefined],
    ['POST', 'parents:update/1?filterByTk=2', '{"x":"c"}'],
    ['POST', 'parents/1/kids:create', '{"x":"c","parentId":2}'],
    ['POST', 'parents/1/kids:create', '[{"x":"c"},{"x":"c","parentId":null}]'],
    ['POST', 'parents/1/kids:create', '{"x":"c","parent":2}'],
    ['POST', 'parents/1/kids:update/1', '{"parentId":2}'],
    ['POST', 'parents/1/others:add?filterByTk=1', '[1]'],
    ['POST', 'parents/1/others:set/1', '[1]'],
    ['POST', 'parents:create', '{"x":"a","x":"c"}'],
    ['POST', 'parents:create', '[{"x":"a"},{"x":"a","\\u0078":"c"}]'],
    ['POST', 'parents:list', '{"filter":{"x":"a","x":"c"}}'],
    ['GET', 'parents:list?filter={"x":"a","x":"c"}', undefined],
  ])('are refused, and nothing is written: %s %s %s', async (method, path, raw) => {
    const before = [await count('parents'), await count('kids')]
    const headers = { 'Content-Type': 'application/json' }
    const sent = raw === undefined ? {} : { raw, headers }
    const answer = await app.request(method, `/api/${path}`, { token: root, ...sent })
    expect(answer.status).toBe(400)
    expect([await count('parents'), await count('kids')]).toEqual(before)
    expect((await get(app, 'parents:get/1?appends=kids,others', root)).body.data).toMatchObject({
      x: 'a',
      kids: [{ id: 1 }],
      others: [],
    })
  })

  it('are none where both say the same', async () => {
    expect((await post(app, 'parents/2/kids:create', root, { x: 'c', parentId: 2 })).body.data.parentId).toBe(2)
    expect(outcome(await get(app, 'parents:get/1?filterByTk=1', root))).toBe('200')
  })
})

describe('the same id twice in a list', () => {
  it.each(['create?updateAssociationValues=', 'create', 'update/2'])('links once: %s', async (action) => {
    const { body } = await post(app, `parents:${action}`, root, { x: 'twice', others: [1, 1, { id: 1 }] })
    const [row = body.data] = Array.isArray(body.data) ? body.data : [body.data]
    const read = await get(app, `parents:get/${row.id}?appends=others`, root)
    expect(read.body.data.others).toEqual([expect.objectContaining({ id: 1 })])
  })
})

describe('a slash at the end', () => {
  it.each([
    ['GET', 'parents', undefined],
    ['POST', 'parents', { x: 'slash' }],
    ['GET', 'parents:list', undefined],
    ['GET', 'parents/1', undefined],
    ['PATCH', 'parents/1', { x: 'a' }],
    ['GET', 'parents/1/kids', undefined],
    ['GET', 'parents/1/kids/1', undefined],
    ['GET', 'parents:get/1', undefined],
  ])('means nothing: %s %s', async (method, path, body) => {
    const [bare, slashed] = await Promise.all(
      ['', '/'].map((end) => app.request(method, `/api/${path}${end}`, { token: root, ...(body && { body }) })),
    )
    expect([bare?.status, slashed?.status]).toEqual([200, 200])
  })

  it.each(['parents//', 'parents:list//', '/', 'parents/1/kids/1/2/'])(
    'two of them are no address: %s',
    async (path) => {
      expect((await get(app, path, root)).status).toBe(404)
    },
  )
})
