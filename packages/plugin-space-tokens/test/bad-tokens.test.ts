import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { definePlugin, hashToken } from '@postern/core'
import type { HeadersToSend, TestApp, TestResponse } from '@postern/testkit'
import apiKeys from '../../plugin-api-keys/src/index.js'
import { createWorld, data, expectRefused, get, makeToken, post, type World } from './space-app.js'

const open = definePlugin({ name: 'open', setup: ({ acl }) => acl.grant('anonymous', 'todos', ['get']) })
const header = 'x-undb-api-token'

let world: World
let app: TestApp
let token: string
let key: string

beforeAll(async () => {
  world = await createWorld({ plugins: [apiKeys, open] })
  app = world.app
  token = world.ta.spaceToken ?? ''
  await app.collection('todos', { title: 'string' })
  await app.grant('editor', 'todos', ['*'])
  const eve = await app.user('eve', { roles: ['editor'] })
  key = (await data(post(app, eve, 'apiKeys:create', { name: 'k', role: 'editor' }))).token
})
afterAll(() => app?.close())

const send = (headers: HeadersToSend, path = '/api/tasks:list'): Promise<TestResponse> =>
  app.request('GET', path, { headers })
const withToken = (text: string, path?: string): Promise<TestResponse> => send({ [header]: text }, path)
/** Another character of the same alphabet at a place counted from the start, or from the end. */
const changedAt = (text: string, place: number): string => {
  const index = place < 0 ? text.length + place : place
  return `${text.slice(0, index)}${text[index] === 'A' ? 'B' : 'A'}${text.slice(index + 1)}`
}
const twin = (text: string): string => text.replace('postern_space', 'postern_spacе')

describe('200', () => {
  it.each([
    ['as it was given', (text: string) => text],
    ['with blanks and tabs around it', (text: string) => ` \t${text} \t`],
  ])('%s', async (_what, write) => expect((await withToken(write(token))).status).toBe(200))

  it('with the header in any case', async () => expect((await send({ 'X-UNDB-API-Token': token })).status).toBe(200))
})

describe('401 EMPTY_TOKEN when nothing is sent', () => {
  it.each([
    ['no header', {}, ''],
    ['an empty header', { [header]: '' }, ''],
    ['blanks', { [header]: ' \t ' }, ''],
    ['in X-Api-Key', { 'X-Api-Key': 'T' }, ''],
    ['in a cookie', { Cookie: `${header}=T` }, ''],
    ['in the query', {}, '?token=T'],
    ['in the query by the name of the header', {}, `?${header}=T`],
    ['in the query as access_token', {}, '?access_token=T'],
  ])('%s', async (_what, headers, query) => {
    const sent = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, text.replace('T', token)]))
    const answer = await send(sent, `/api/tasks:list${query.replace('T', token)}`)
    expect(answer).toMatchObject({ status: 401, body: { errors: [{ code: 'EMPTY_TOKEN' }] } })
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="api"')
  })
})

describe('401 INVALID_TOKEN, without a reason', () => {
  const texts: readonly (readonly [string, (text: string) => string])[] = [
    ['cut by one', (text) => text.slice(0, -1)],
    ['cut at the start', (text) => text.slice(1)],
    ['lengthened by one', (text) => `${text}A`],
    ['in capitals', (text) => text.toUpperCase()],
    ['in small letters', (text) => text.toLowerCase()],
    ['changed in the prefix', (text) => changedAt(text, 2)],
    ['changed in the secret', (text) => changedAt(text, 20)],
    ['changed in the checksum', (text) => changedAt(text, -3)],
    ['changed in the last character', (text) => changedAt(text, -1)],
    ['without its prefix', (text) => text.slice('postern_space_'.length)],
    ['twice in one header', (text) => `${text}, ${text}`],
    ['with a scheme', (text) => `Bearer ${text}`],
    ['in quotes', (text) => `"${text}"`],
    ['with a non-breaking blank', (text) => `${text}\u00a0`],
    ['as look-alikes', (text) => Buffer.from(twin(text)).toString('latin1')],
    ['as its hash', hashToken],
    ['as its id', () => '1'],
    ['undefined', () => 'undefined'],
    ['null', () => 'null'],
    ['[object Object]', () => '[object Object]'],
    ['the prefix alone', () => 'postern_space_'],
    ['a session', () => world.ann.token],
    ['an API key', () => key],
  ]
  it.each(texts)('%s', async (_what, change) => expectRefused(await withToken(change(token))))

  it('as Authorization: Bearer', async () => {
    expectRefused(await send({ Authorization: `Bearer ${token}` }))
    expectRefused(await send({ Authorization: token }))
  })

  it('is the answer on public actions and on what is not there, too', async () => {
    expect((await app.request('GET', '/api/todos:get/1')).status).toBe(404)
    for (const path of ['/api/todos:get/1', '/api/nothing:list', '/openapi/bases/A/tables/tasks/records']) {
      expectRefused(await withToken(changedAt(token, -1), path))
    }
  })

  it('looks the same whatever was wrong', async () => {
    const gone = await makeToken(app, world.ann, world.a)
    await app.application.db.sql`DELETE FROM "spaceTokens" WHERE "tokenHash" = ${hashToken(gone.spaceToken ?? '')}`
    const wrong = [changedAt(token, 20), changedAt(token, -1), gone.spaceToken ?? '', '1', 'garbage']
    const answers = await Promise.all(wrong.map((text) => withToken(text)))
    const faces = answers.map(({ status, text, headers: { date: _date, 'x-request-id': _id, ...rest } }) =>
      JSON.stringify([status, text, rest]),
    )
    expect(new Set(faces).size).toBe(1)
  })
})

describe('400 AMBIGUOUS_CREDENTIALS', () => {
  it.each([
    [
      'twice',
      () => [
        [header, token],
        [header, token],
      ],
    ],
    [
      'good, bad',
      () => [
        [header, token],
        [header, 'bad'],
      ],
    ],
    [
      'bad, good',
      () => [
        [header, 'bad'],
        [header, token],
      ],
    ],
    [
      'with a key',
      () => [
        ['Authorization', `Bearer ${key}`],
        [header, token],
      ],
    ],
    [
      'with a session',
      () => [
        [header, token],
        ['Authorization', `Bearer ${world.ann.token}`],
      ],
    ],
    [
      'with a bad key',
      () => [
        [header, token],
        ['Authorization', 'Bearer bad'],
      ],
    ],
    [
      'with an empty key',
      () => [
        [header, token],
        ['Authorization', ''],
      ],
    ],
    [
      'bad ones both',
      () => [
        [header, 'bad'],
        ['Authorization', 'Bearer bad'],
      ],
    ],
  ])('%s', async (_what, headers) => {
    const pairs = headers().map(([name = '', text = '']) => [name, text] as const)
    for (const path of ['/api/tasks:list', '/openapi/bases/A/tables/tasks/records']) {
      expect(await send(pairs, path)).toMatchObject({
        status: 400,
        body: { errors: [{ code: 'AMBIGUOUS_CREDENTIALS' }] },
      })
    }
  })
})

describe('what bad tokens cost', () => {
  /** Statements while something is done; signs of life of the node are not ours to count. */
  async function queriesDuring(work: () => Promise<void>): Promise<number> {
    const { connection } = app.application
    const run = jest.spyOn(connection, 'run')
    await work()
    const texts = run.mock.calls.map(([{ text }]) => text)
    run.mockRestore()
    return texts.filter((text) => /spaceTokens|sessions|users|spaces/.test(text)).length
  }

  it.each([
    ['15 KB', () => 'A'.repeat(15_000)],
    ['15 KB behind the prefix', () => `postern_space_${'A'.repeat(14_000)}`],
    ['a wrong checksum', () => changedAt(token, -1)],
    ['a changed secret', () => changedAt(token, 20)],
    ['a cut token', () => token.slice(0, -1)],
    ['a right form without a checksum', () => `postern_space_${'A'.repeat(49)}`],
  ])('no query: %s', async (_what, text) => {
    expect(await queriesDuring(async () => expectRefused(await withToken(text())))).toBe(0)
  })

  it('one query for a good one', async () => {
    const { spaceToken = '' } = await makeToken(app, world.ann, world.a)
    expect(
      await queriesDuring(async () => expect((await withToken(spaceToken, '/api/auth:signOut')).status).toBe(405)),
    ).toBe(1)
  })
})

it('429 after 30 unproved ones in a minute from one address, and the good token goes on working', async () => {
  const limited = await createWorld({ settings: { LIMIT_FAILED_CREDENTIALS: '30' } })
  const good = limited.ta.spaceToken ?? ''
  const attempts = Array.from({ length: 32 }, (_, attempt) =>
    get(limited.app, { spaceToken: changedAt(good, 15 + attempt) }, 'tasks:list'),
  )
  const statuses = (await Promise.all(attempts)).map(({ status }) => status).sort()
  expect(statuses).toEqual([...Array.from({ length: 30 }, () => 401), 429, 429])
  expect((await get(limited.app, limited.ta, 'tasks:list')).status).toBe(200)
  await limited.app.close()
})
