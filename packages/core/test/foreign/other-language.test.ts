import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, createTestApp, type TestApp, type TestDatabase } from '@postern/testkit'
import { TcpProxy } from '../app/tcp-proxy.js'
import { get, post } from '../calls.js'
import { unreadable } from './unreadable.js'

let database: TestDatabase
let proxy: TcpProxy
let app: TestApp
let root: string

beforeAll(async () => {
  database = await createDatabase({ started: true })
  proxy = await TcpProxy.open(database.url, 'forward', unreadable)
  app = await createTestApp({ database: { ...database, url: proxy.url } })
  root = await app.signIn('root')
  await app.collection('places', { code: { type: 'string', unique: true }, name: 'string', at: 'datetime' })
  await app.collection('visits', {
    title: { type: 'string', required: true },
    placeCode: 'string',
    place: { type: 'belongsTo', target: 'places', foreignKey: 'placeId', onDelete: 'RESTRICT' },
    again: { type: 'belongsTo', target: 'places', foreignKey: 'placeCode', targetKey: 'code' },
    before: { type: 'belongsTo', target: 'visits', foreignKey: 'beforeId', onDelete: 'RESTRICT' },
  })
  await app.application.connection.run({
    text: 'CREATE UNIQUE INDEX of_others ON places (lower(name))',
    values: [],
  })
  await post(app, 'places:create', root, { code: 'a', name: 'Here', at: '2026-01-01T00:00:00Z' })
  await post(app, 'visits:create', root, { title: 'first', placeId: 1, placeCode: 'a' })
  await post(app, 'visits:create', root, { title: 'second', beforeId: 1 })
})
afterAll(async () => {
  await app?.close()
  await proxy?.close()
  await database?.drop()
})

describe('a server whose texts cannot be read', () => {
  it.each<[string, string, object, number, string, string | undefined]>([
    ['a value that is taken', 'places:create', { code: 'a' }, 409, 'CONFLICT', 'code'],
    ['one of several that is taken', 'places:create', [{ code: 'b' }, { code: 'a' }], 409, 'CONFLICT', '1.code'],
    ['a value that an index of others takes', 'places:create', { name: 'HERE' }, 409, 'CONFLICT', 'name'],
    ['a key that leads nowhere', 'visits:create', { title: 'x', placeId: 99 }, 400, 'INVALID_VALUE', 'placeId'],
    ['a key by another field', 'visits:create', { title: 'x', placeCode: 'z' }, 400, 'INVALID_VALUE', 'placeCode'],
    ['a key that is changed', 'visits:update/1', { placeId: 99 }, 400, 'INVALID_VALUE', 'placeId'],
    ['a key within a table', 'visits:update/2', { beforeId: 99 }, 400, 'INVALID_VALUE', 'beforeId'],
    ['a record that others refer to', 'places:destroy/1', {}, 409, 'CONFLICT', undefined],
    ['a record that its own table refers to', 'visits:destroy/1', {}, 409, 'CONFLICT', undefined],
    ['a value that keys lead to', 'places:update/1', { code: 'c' }, 409, 'CONFLICT', undefined],
    ['a user whose address is taken', 'users:create', { email: 'root@example.com' }, 409, 'CONFLICT', 'email'],
  ])('still says what is wrong with %s', async (_, action, body, status, code, path) => {
    if (action === 'users:create') Object.assign(body, { password: 'a-good-password', email: await rootAddress() })
    const answer = await post(app, action, root, body)
    expect([answer.status, answer.body.errors?.[0]?.code, answer.body.errors?.[0]?.path]).toEqual([status, code, path])
    expect(answer.text).not.toContain('»')
  })

  it('says which field could not become unique', async () => {
    await post(app, 'places:create', root, [{ name: 'one' }, { name: 'two' }])
    await post(app, 'collections/places/fields:create', root, { name: 'kind', type: 'string', default: 'same' })
    const answer = await post(app, 'collections/places/fields:update/kind', root, { unique: true })
    expect(answer.body).toEqual({ errors: [{ code: 'CONFLICT', message: 'The value of kind is taken', path: 'kind' }] })
  })

  it('reads on, with the same statement, when a column has become another one', async () => {
    expect((await get(app, 'places:list?sort=id', root)).status).toBe(200)
    expect((await post(app, 'collections/places/fields:update/name', root, { type: 'text' })).status).toBe(200)
    expect((await get(app, 'places:list?sort=id', root)).status).toBe(200)
  })
})

const rootAddress = async (): Promise<string> => (await get(app, 'auth:check', root)).body.data.email
