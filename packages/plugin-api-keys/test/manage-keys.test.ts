import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import { createKeyApp, makeKey, post, useKey, type MadeKey } from './key-app.js'

let app: TestApp
let ann: TestUser
let ben: TestUser
let manager: TestUser
let hers: MadeKey
let his: MadeKey

beforeAll(async () => {
  app = await createKeyApp()
  await app.grant('key manager', 'apiKeys', ['list', 'get', 'update', 'destroy'])
  ;[ann, ben, manager] = [
    await app.user('ann', { roles: ['editor'] }),
    await app.user('ben', { roles: ['editor'] }),
    await app.user('mia', { roles: ['key manager'] }),
  ]
  ;[hers, his] = [await makeKey(app, ann), await makeKey(app, ben)]
})
afterAll(() => app?.close())

const read = (path: string, { token }: Pick<TestUser, 'token'>) => app.request('GET', `/api/${path}`, { token })
const idsOf = async (path: string, user: Pick<TestUser, 'token'>): Promise<number[]> => {
  const records: readonly MadeKey[] = (await read(path, user)).body.data
  return records.map(({ id }) => id)
}

describe('200 for one’s own keys', () => {
  it('lists them and no others', async () => {
    expect(await idsOf('apiKeys:list', ann)).toEqual([hers.id])
    expect((await read('apiKeys:list', ben)).body).toMatchObject({ data: [{ id: his.id }], meta: { count: 1 } })
  })

  it('shows the members of the contract and nothing else', async () => {
    const { token: _token, ...record } = hers
    expect((await read('apiKeys:list', ann)).body.data).toEqual([record])
    expect((await read(`apiKeys:get/${hers.id}`, ann)).body.data).toEqual(record)
  })

  it('changes the name, the description and whether it is on', async () => {
    const changes = { name: 'backup', description: 'weekly', enabled: true }
    const answer = await post(app, `apiKeys:update/${hers.id}`, ann.token, changes)
    const { token: _token, ...record } = hers
    expect(answer).toMatchObject({ status: 200 })
    expect(answer.body.data).toEqual([{ ...record, ...changes }])
    expect((await useKey(app, hers)).status).toBe(200)
  })

  it('deletes one, and says how many', async () => {
    const { id } = await makeKey(app, ann)
    expect(await post(app, `apiKeys:destroy/${id}`, ann.token)).toMatchObject({ status: 200, body: { data: 1 } })
    expect(await post(app, `apiKeys:destroy/${id}`, ann.token)).toMatchObject({ status: 404 })
  })
})

describe('400 for changes that nobody can make', () => {
  it.each([
    ['id', 7],
    ['roleName', 'root'],
    ['expiresAt', null],
    ['expiresAt', '2999-01-01'],
    ['createdById', 1],
    ['lastFour', 'abcd'],
    ['tokenHash', 'ab'.repeat(32)],
    ['jti', 'x'],
    ['signedBy', 'x'],
    ['createdAt', '2020-01-01'],
    ['token', 'x'],
    ['role', 'root'],
    ['name', ' '],
    ['name', null],
    ['name', 'x'.repeat(256)],
    ['enabled', null],
    ['enabled', 'no'],
  ])('%s = %p', async (name, value) => {
    // When it was last used is stored a little later than it was.
    const record = async (): Promise<object> => {
      const { lastUsedAt: _lastUsedAt, ...rest } = (await read(`apiKeys:get/${hers.id}`, ann)).body.data
      return rest
    }
    const before = await record()
    const answer = await post(app, `apiKeys:update/${hers.id}`, ann.token, { [name]: value })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: name }] } })
    expect(await record()).toEqual(before)
  })
})

describe('404 for somebody else’s key, which goes on working', () => {
  const calls = [
    ['get', {}],
    ['update', { enabled: false }],
    ['update', { name: 'mine' }],
    ['destroy', {}],
  ] as const

  it.each(calls)('%s %j', async (action, body) => {
    const foreign = await post(app, `apiKeys:${action}/${his.id}`, ann.token, body)
    const missing = await post(app, `apiKeys:${action}/999999`, ann.token, body)
    expect(foreign.status).toBe(404)
    expect(foreign.text).toBe(missing.text)
    expect((await useKey(app, his)).status).toBe(200)
  })

  it('by filter or by several keys it is not among those that are touched', async () => {
    const { id } = await makeKey(app, ann)
    const several = await post(app, `apiKeys:destroy?filterByTk=${id},${his.id}`, ann.token)
    expect(several.body).toEqual({ data: 1 })
    const all = await post(app, `apiKeys:update?filter={"id":{"$gt":0}}`, ann.token, { description: 'mine' })
    expect(all.body.data.map((record: MadeKey) => record.createdById)).not.toContain(ben.id)
    const byOwner = await post(app, `apiKeys:destroy?filter={"createdById":${ben.id}}`, ann.token)
    expect(byOwner.body).toEqual({ data: 0 })
    expect((await useKey(app, his)).status).toBe(200)
  })

  it('EMPTY_FILTER for all of them at once', async () => {
    for (const query of ['', '?filter={}', '?filter={"$and":[]}']) {
      const answer = await post(app, `apiKeys:destroy${query}`, ann.token)
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: 'EMPTY_FILTER' }] } })
    }
  })
})

describe('for whoever may manage all keys', () => {
  it('200 with all of them, without secrets', async () => {
    for (const user of [manager, { token: await app.signIn('root') }]) {
      const answer = await read('apiKeys:list', user)
      expect(await idsOf('apiKeys:list', user)).toEqual(expect.arrayContaining([hers.id, his.id]))
      expect(Object.keys(answer.body.data[0]).sort()).toEqual(
        [
          ...['createdAt', 'createdById', 'description', 'enabled', 'expiresAt', 'id', 'lastFour', 'lastUsedAt'],
          ...['name', 'roleName', 'scopes', 'readOnly', 'allowedIps', 'rateLimit'],
        ].sort(),
      )
    }
  })

  it('200 to end somebody’s key', async () => {
    const key = await makeKey(app, ben)
    expect((await useKey(app, key)).status).toBe(200)
    expect(await post(app, `apiKeys:destroy/${key.id}`, manager.token)).toMatchObject({ status: 200 })
    expect((await useKey(app, key)).status).toBe(401)
  })

  it('the owner stays the owner', async () => {
    const answer = await post(app, `apiKeys:update/${his.id}`, manager.token, { description: 'seen' })
    expect(answer.body.data).toMatchObject([{ createdById: ben.id, description: 'seen' }])
  })
})

describe('403 for ways to write that would go past the rules of keys', () => {
  it.each(['firstOrCreate', 'updateOrCreate', 'move'])('%s', async (action) => {
    const body = { name: 'x', roleName: 'root', filterKeys: ['name'] }
    for (const user of [ann, { token: await app.signIn('root') }]) {
      const answer = await post(app, `apiKeys:${action}?filterKeys=name`, user.token, body)
      expect([403, 404]).toContain(answer.status)
    }
  })

  it('counting is reading: within one’s own keys, and not by what is hidden', async () => {
    const root = await app.signIn('root')
    const count = (field: string) =>
      post(app, 'apiKeys:query', root, { measures: [{ field, aggregation: 'count', alias: 'n' }] })
    expect((await count('id')).status).toBe(200)
    expect([400, 403]).toContain((await count('tokenHash')).status)
  })
})

describe('400 for reading, sorting or filtering by the secret', () => {
  it.each(['tokenHash', 'jti', 'signedBy', 'token', 'hash'])('%s', async (name) => {
    const filters = [{ [name]: 'x' }, { [name]: { $includes: 'a' } }, { $or: [{ [name]: null }, { id: 1 }] }]
    const queries = [
      `fields=${name}`,
      `except=${name}`,
      `sort=${name}`,
      `sort=-${name}`,
      ...filters.map((filter) => `filter=${encodeURIComponent(JSON.stringify(filter))}`),
    ]
    for (const user of [ann, manager, { token: await app.signIn('root') }]) {
      for (const query of queries) expect(await read(`apiKeys:list?${query}`, user)).toMatchObject({ status: 400 })
    }
  })
})
