import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { HeadersToSend, TestApp, TestResponse } from '@postern/testkit'
import apiKeys from '../../plugin-api-keys/src/index.js'
import {
  addMember,
  ask,
  createWorld,
  data,
  makeSpace,
  makeToken,
  outcome,
  post,
  type Caller,
  type World,
} from './space-app.js'

const base = '/openapi/bases/A/tables/tasks'
let world: World
let app: TestApp
let id: number
beforeAll(async () => {
  world = await createWorld({ plugins: [apiKeys] })
  app = world.app
  id = (await call(world.ta, 'POST', '/records', { values: { title: 'one' } })).body.id
})
afterAll(() => app?.close())

const call = (caller: Caller, method: string, path: string, body?: unknown): Promise<TestResponse> =>
  ask(app, caller, method, path.startsWith('/openapi') ? path : `${base}${path}`, body)
const face = ({ status, text, headers: { date: _date, 'x-request-id': _id, ...rest } }: TestResponse): string =>
  JSON.stringify([status, text, rest])

describe('404, the same to the byte, for', () => {
  it('another space, one that is none, and whatever is below them, by every method', async () => {
    const { ta } = world
    const faces = new Set<string>()
    for (const space of [
      'B',
      'nowhere',
      'a',
      'A%20',
      'A%00',
      '%E0%A4%A',
      '..',
      String(world.b),
      String(world.a),
      '%2541',
    ]) {
      for (const rest of [
        'tables/tasks/records',
        'tables/nothing/records',
        'tables/tasks/records/1',
        'openapi.json',
        'x',
      ]) {
        const path = `/openapi/bases/${space}/${rest}`
        faces.add(face(await call(ta, 'GET', path)))
        faces.add(face(await call(ta, 'DELETE', path)))
        faces.add(face(await call(ta, 'POST', path, { values: { title: 'x' } })))
      }
    }
    expect([...faces].map((each) => JSON.parse(each)[0])).toEqual([404])
  })

  it('what is not divided, not there, or of another space, below one’s own', async () => {
    const { ta, tb } = world
    const theirs = (await call(tb, 'POST', '/openapi/bases/B/tables/tasks/records', { values: { title: 'b' } })).body.id
    const paths = [
      ...['users', 'spaces', 'nothing', 'Tasks', '__proto__', ''].map(
        (name) => `/openapi/bases/A/tables/${name}/records`,
      ),
      ...[
        `/records/${theirs}`,
        '/records/999999',
        '/records/abc',
        '/records/',
        '/records/1/x',
        '/records/1/2/3',
        '/record',
      ],
      ...['', '/'],
      '/openapi/bases/A/tables',
      '/openapi/bases/A',
    ]
    const faces = await Promise.all(paths.map(async (path) => `${path} ${(await call(ta, 'GET', path)).text}`))
    const expected = '{"errors":[{"code":"NOT_FOUND","message":"Not found"}]}'
    expect(faces).toEqual(paths.map((path) => `${path} ${expected}`))
    expect((await call(ta, 'PATCH', `/records/${theirs}`, { values: { done: true } })).status).toBe(404)
    expect((await call(ta, 'DELETE', `/records/${theirs}`)).status).toBe(404)
    expect((await call(ta, 'POST', `/records/${theirs}/duplicate`)).status).toBe(404)
    const filter = { title: 'b' }
    expect((await call(ta, 'PATCH', '/records', { filter, values: { done: true } })).body).toEqual({ modifiedCount: 0 })
    expect((await call(ta, 'DELETE', '/records', { filter })).body).toEqual({ deletedCount: 0 })
    const kept = await call(tb, 'GET', `/openapi/bases/B/tables/tasks/records/${theirs}`)
    expect(kept.body.values).toMatchObject({ title: 'b', done: false, spaceId: world.b })
  })
})

describe('errors as everywhere', () => {
  it.each([
    ['no body', 'POST', '/records', undefined, '400 INVALID_VALUE', undefined],
    ['a list', 'POST', '/records', [{ values: {} }], '400 INVALID_VALUE', undefined],
    ['no values', 'POST', '/records', {}, '400 INVALID_VALUE', 'values'],
    ['values that are a list', 'POST', '/records', { values: [] }, '400 INVALID_VALUE', 'values'],
    ['another member', 'POST', '/records', { values: {}, x: 1 }, '400 UNKNOWN_FIELD', 'x'],
    ['a missing value', 'POST', '/records', { values: {} }, '400 INVALID_VALUE', 'title'],
    ['a wrong value', 'POST', '/records', { values: { title: 7 } }, '400 INVALID_VALUE', 'title'],
    ['an unknown field', 'POST', '/records', { values: { title: 'x', y: 1 } }, '400 UNKNOWN_FIELD', 'y'],
    ['the space', 'POST', '/records', { values: { title: 'x', spaceId: 2 } }, '400 READONLY_FIELD', 'spaceId'],
    ['the id', 'PATCH', '/records/1', { values: { id: 2 } }, '400 READONLY_FIELD', 'id'],
    ['a clash', 'POST', '/records', { values: { title: 'one' } }, '409 CONFLICT', 'title'],
    ['records that are none', 'POST', '/records/bulk', { records: {} }, '400 INVALID_VALUE', 'records'],
    [
      'one that is none',
      'POST',
      '/records/bulk',
      { records: [{ values: { title: 'x' } }, 7] },
      '400 INVALID_VALUE',
      'records.1.values',
    ],
    ['no filter', 'PATCH', '/records', { values: { done: true } }, '400 EMPTY_FILTER', undefined],
    ['an empty filter', 'PATCH', '/records', { filter: {}, values: { done: true } }, '400 EMPTY_FILTER', undefined],
    ['no filter to delete', 'DELETE', '/records', {}, '400 EMPTY_FILTER', undefined],
    ['no body to delete', 'DELETE', '/records', undefined, '400 EMPTY_FILTER', undefined],
    ['a filter that is none', 'DELETE', '/records', { filter: 'x' }, '400 INVALID_FILTER', 'filter'],
    [
      'an unknown operator',
      'DELETE',
      '/records',
      { filter: { title: { $where: 1 } } },
      '400 INVALID_FILTER',
      'filter.title.$where',
    ],
    [
      'an unknown field in a filter',
      'DELETE',
      '/records',
      { filter: { nothing: 1 } },
      '400 INVALID_FILTER',
      'filter.nothing',
    ],
  ])('%s', async (_what, method, path, body, expected, place) => {
    const answer = await call(world.ta, method, path, body)
    expect(answer.headers['x-request-id']).toMatch(/./)
    const { code, path: where } = answer.body.errors[0]
    expect(`${answer.status} ${code}`).toBe(expected)
    if (place !== undefined) expect(where).toContain(place)
    expect((await call(world.ta, 'GET', '/records')).body.total).toBe(1)
  })

  it.each(['page=0', 'page=abc', 'page=1.5', 'pageSize=0', 'pageSize=1000000', 'pageSize=NaN'])(
    '400: %s',
    async (query) => {
      expect(await outcome(call(world.ta, 'GET', `/records?${query}`))).toMatch(/^400 INVALID_(PAGE|QUERY)$/)
    },
  )

  it('broken JSON, another content type, a body that is too long', async () => {
    const send = (raw: string, type: string) =>
      app.request('POST', `${base}/records`, {
        raw,
        headers: { 'x-undb-api-token': world.ta.spaceToken ?? '', 'Content-Type': type },
      })
    expect(await outcome(send('{"values":', 'application/json'))).toBe('400 INVALID_JSON')
    expect(await outcome(send('values=1', 'application/x-www-form-urlencoded'))).toBe('415 UNSUPPORTED_MEDIA_TYPE')
    const long = JSON.stringify({ values: { title: 'x'.repeat(11_000_000) } })
    expect(await outcome(send(long, 'application/json'))).toBe('413 PAYLOAD_TOO_LARGE')
  })

  it('405 with Allow', async () => {
    const allowed = async (method: string, path: string) => {
      const { status, headers } = await call(world.ta, method, path)
      return `${status} ${headers['allow']}`
    }
    expect(await allowed('PUT', '/records')).toBe('405 GET, HEAD, POST, PATCH, DELETE')
    expect(await allowed('POST', `/records/${id}`)).toBe('405 GET, HEAD, PATCH, DELETE')
    expect(await allowed('GET', '/records/bulk')).toBe('405 POST')
    expect(await allowed('GET', `/records/${id}/duplicate`)).toBe('405 POST')
  })
})

describe('credentials', () => {
  const send = (headers: HeadersToSend) => app.request('GET', `${base}/records`, { headers })
  it('none: 401; narrowed, from elsewhere, too often: 403 and 429', async () => {
    const { ann, a } = world
    expect(await outcome(send({}))).toBe('401 EMPTY_TOKEN')
    expect((await send({})).headers['www-authenticate']).toBe('Bearer realm="api"')
    const scoped = await makeToken(app, ann, a, { scopes: [{ resource: 'tasks', actions: ['create'] }] })
    expect(await outcome(call(scoped, 'GET', '/records'))).toBe('403 INSUFFICIENT_SCOPE')
    const elsewhere = await makeToken(app, ann, a, { allowedIps: ['203.0.113.7'] })
    expect(await outcome(call(elsewhere, 'GET', '/records'))).toBe('403 IP_NOT_ALLOWED')
    const limited = await makeToken(app, ann, a, { rateLimit: { limit: 1, window: 60 } })
    expect(await outcome(call(limited, 'GET', '/records'))).toBe('200')
    expect(await outcome(call(limited, 'GET', '/records'))).toBe('429 RATE_LIMITED')
  })

  it('a session or key of a member; 404 for who is none', async () => {
    const vic = await app.user('vic')
    expect(await outcome(call(vic, 'GET', '/records'))).toBe('404 NOT_FOUND')
    await addMember(app, world.ann, world.a, vic, 'viewer')
    expect(await outcome(call(vic, 'GET', '/records'))).toBe('200')
    expect(await outcome(call(vic, 'POST', '/records', { values: { title: 'x' } }))).toBe('403 NO_PERMISSION')
    await app.grant('reader', 'tasks', ['list'])
    const kat = await app.user('kat', { roles: ['reader'] })
    await addMember(app, world.ann, world.a, kat, 'editor')
    const key = { token: (await data(post(app, kat, 'apiKeys:create', { name: 'k', role: 'reader' }))).token }
    expect(await outcome(call(key, 'GET', '/records'))).toBe('200')
    expect(await outcome(call(key, 'POST', '/records', { values: { title: 'x' } }))).toBe('403 NO_PERMISSION')
    expect(await outcome(call({ token: key.token.slice(0, -1) }, 'GET', '/records'))).toBe('401 INVALID_TOKEN')
  })

  it('a member of several needs no X-Space, as the address names it; another one there is 404', async () => {
    const eli = await app.user('eli')
    await addMember(app, world.ann, world.a, eli, 'viewer')
    const own = await makeSpace(app, eli, 'own')
    expect(await outcome(call(eli, 'GET', '/records'))).toBe('200')
    expect(await outcome(call({ ...eli, space: world.a }, 'GET', '/records'))).toBe('200')
    expect(await outcome(call({ ...eli, space: own }, 'GET', '/records'))).toBe('404 NOT_FOUND')
    const twin = await makeSpace(app, eli, 'own')
    const path = '/openapi/bases/own/tables/tasks/records'
    expect(await outcome(call(eli, 'GET', path))).toBe('400 SPACE_REQUIRED')
    expect(await outcome(call({ ...eli, space: twin }, 'GET', path))).toBe('200')
    expect(await outcome(call(await makeToken(app, eli, own), 'GET', path))).toBe('200')
  })
})

it('with the plugin off it is not there, and then as before', async () => {
  await app.application.plugins.disable('space-tokens', 'test')
  expect((await call(world.ann, 'GET', '/records')).status).toBe(404)
  expect([401, 404]).toContain((await call(world.ta, 'GET', '/records')).status)
  await app.application.plugins.enable('space-tokens', 'test')
  expect(await outcome(call(world.ta, 'GET', '/records'))).toBe('200')
})
