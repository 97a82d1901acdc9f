import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { definePlugin } from '@postern/core'
import type { HeadersToSend, TestApp, TestResponse, TestUser } from '@postern/testkit'
import { setTimeout as pause } from 'node:timers/promises'
import { createKeyApp, expectRefused, makeKey, post, useKey, type MadeKey } from './key-app.js'

const open = definePlugin({ name: 'open', setup: ({ acl }) => acl.grant('anonymous', 'todos', ['get']) })

let app: TestApp
let ann: TestUser
let key: MadeKey
let other: MadeKey

beforeAll(async () => {
  app = await createKeyApp({ plugins: [open] })
  ann = await app.user('ann', { roles: ['editor'] })
  ;[key, other] = [await makeKey(app, ann), await makeKey(app, ann)]
  expect((await useKey(app, key)).status).toBe(200)
})
afterAll(() => app?.close())

const send = (headers: HeadersToSend, path = '/api/todos:list'): Promise<TestResponse> =>
  app.request('GET', path, { headers })
const bearer = (text: string): Promise<TestResponse> => send({ Authorization: `Bearer ${text}` })
const hashOf = async ({ id }: MadeKey): Promise<string> => {
  const { rows } = await app.application.db.sql`SELECT "tokenHash" FROM "apiKeys" WHERE id = ${id}`
  return String(rows[0]?.['tokenHash'])
}
/** Another character of the same alphabet at a place counted from the start, or from the end. */
const changedAt = (token: string, place: number): string => {
  const index = place < 0 ? token.length + place : place
  return `${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}`
}

describe('401 EMPTY_TOKEN when nothing is sent', () => {
  it.each([
    ['no header', {}],
    ['an empty header', { Authorization: '' }],
    ['Bearer alone', { Authorization: 'Bearer' }],
    ['Bearer and blanks', { Authorization: 'Bearer \t ' }],
    ['a key in X-Api-Key', { 'X-Api-Key': 'K' }],
    ['a cookie', { Cookie: 'token=K' }],
  ])('%s', async (_what, headers) => {
    const withKey = Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, text.replace('K', key.token)]),
    )
    const answer = await send(withKey)
    expect(answer).toMatchObject({ status: 401, body: { errors: [{ code: 'EMPTY_TOKEN' }] } })
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="api"')
  })

  it.each(['token', 'access_token', 'api_key', 'key'])('a key in the query as %s', async (name) => {
    const answer = await send({}, `/api/todos:list?${name}=${key.token}`)
    expect(answer).toMatchObject({ status: 401, body: { errors: [{ code: 'EMPTY_TOKEN' }] } })
  })
})

describe('401 INVALID_TOKEN', () => {
  const headers: readonly (readonly [string, () => string])[] = [
    ['more behind the key', () => `Bearer ${key.token} extra`],
    ['the key without a scheme', () => key.token],
    ['Basic', () => `Basic ${Buffer.from(`ann:${key.token}`).toString('base64')}`],
    ['Token', () => `Token ${key.token}`],
    ['two keys', () => `Bearer ${key.token}, Bearer ${other.token}`],
    ['two keys behind one scheme', () => `Bearer ${key.token},${other.token}`],
    ['quotes', () => `Bearer "${key.token}"`],
    ['the scheme twice', () => `Bearer Bearer ${key.token}`],
    ['no blank', () => `Bearer${key.token}`],
    ['a non-breaking blank', () => `Bearer\u00a0${key.token}`],
  ]
  it.each(headers)('%s', async (_what, header) => expectRefused(await send({ Authorization: header() })))

  const texts: readonly (readonly [string, (token: string) => string])[] = [
    ['cut by one', (token) => token.slice(0, -1)],
    ['cut at the start', (token) => token.slice(1)],
    ['lengthened by one', (token) => `${token}A`],
    ['in capitals', (token) => token.toUpperCase()],
    ['in small letters', (token) => token.toLowerCase()],
    ['changed in the header', (token) => changedAt(token, 5)],
    ['changed in the payload', (token) => changedAt(token, 60)],
    ['changed in the signature', (token) => changedAt(token, -20)],
    ['changed in the last character', (token) => changedAt(token, -1)],
    ['with padding', (token) => `${token}=`],
    ['in base64 instead of base64url', (token) => `${token.slice(0, -3)}+/=`],
    ['without its signature', (token) => token.slice(0, token.lastIndexOf('.') + 1)],
    ['without its header', (token) => token.slice(token.indexOf('.'))],
    [
      'with another key’s signature',
      (token) => `${token.slice(0, token.lastIndexOf('.'))}${other.token.slice(other.token.lastIndexOf('.'))}`,
    ],
    ['with a dot too many', (token) => token.replace('.', '..')],
    ['with four parts', (token) => `${token}.${token}`],
    ['percent-encoded', (token) => token.replaceAll('.', '%2E')],
    ['as look-alikes', (token) => Buffer.from(token.replace('e', 'е')).toString('latin1')],
  ]
  it.each(texts)('the key %s', async (_what, change) => {
    const changed = change(key.token)
    expect(changed).not.toBe(key.token)
    expectRefused(await bearer(changed))
  })

  it('every signature that decodes to the right one but is not the text that was given out', async () => {
    const last = key.token.slice(-1)
    const signature = (text: string): Buffer => Buffer.from(text.slice(text.lastIndexOf('.') + 1), 'base64url')
    const twins = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
      .filter((character) => character !== last)
      .map((character) => `${key.token.slice(0, -1)}${character}`)
      .filter((text) => signature(text).equals(signature(key.token)))
    expect(twins).toHaveLength(3)
    for (const twin of twins) expectRefused(await bearer(twin))
  })

  it.each(['undefined', 'null', '[object Object]', 'true', '0', '-', '.', '..', '...', '%00', '{"a":1}', '*'])(
    '%s',
    async (text) => expectRefused(await bearer(text)),
  )

  it('the stored hash, and the id', async () => {
    expectRefused(await bearer(await hashOf(key)))
    expectRefused(await bearer(String(key.id)))
    expectRefused(await bearer(`apiKey-${key.id}`))
  })

  it('is the answer on public actions too', async () => {
    const { status } = await app.request('GET', '/api/todos:get/1')
    expect(status).toBe(404)
    expectRefused(await send({ Authorization: `Bearer ${changedAt(key.token, -20)}` }, '/api/todos:get/1'))
  })

  it('looks the same whatever was wrong', async () => {
    const { id } = await makeKey(app, ann)
    const gone = await makeKey(app, ann)
    await post(app, `apiKeys:destroy/${gone.id}`, ann.token)
    const wrong = [changedAt(key.token, -20), changedAt(key.token, 60), gone.token, String(id), 'garbage', 'a.b.c']
    const answers = await Promise.all(wrong.map(bearer))
    const faces = answers.map(({ status, text, headers: { date: _date, 'x-request-id': _id, ...rest } }) =>
      JSON.stringify([status, text, rest]),
    )
    expect(new Set(faces).size).toBe(1)
  })
})

describe('400 AMBIGUOUS_CREDENTIALS', () => {
  it.each([
    ['good, bad', () => [key.token, 'bad']],
    ['bad, good', () => ['bad', key.token]],
    ['good twice', () => [key.token, key.token]],
    ['a key and a session', () => [key.token, ann.token]],
  ])('two headers: %s', async (_what, tokens) => {
    const answer = await send(tokens().map((token) => ['Authorization', `Bearer ${token}`] as const))
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: 'AMBIGUOUS_CREDENTIALS' }] } })
  })
})

describe('what bad credentials cost', () => {
  it.each([
    ['15 KB', () => 'A'.repeat(15_000)],
    ['15 KB with dots', () => `${'A'.repeat(7_000)}.${'A'.repeat(7_000)}.${'A'.repeat(43)}`],
    ['15 KB of dots', () => '.'.repeat(15_000)],
    ['a wrong signature', () => changedAt(key.token, -20)],
    ['a cut key', () => key.token.slice(0, -1)],
  ])('no query: %s', async (_what, text) => {
    const run = jest.spyOn(app.application.connection, 'run')
    // Signs of life of the node are not ours to count.
    const queries = () => run.mock.calls.filter(([statement]) => /apiKeys|sessions|users/.test(statement.text))
    const started = performance.now()
    expectRefused(await bearer(text()))
    expect(performance.now() - started).toBeLessThan(1000)
    expect(queries()).toHaveLength(0)
    run.mockRestore()
  })

  it('one query for a key, and none once it is known', async () => {
    const { token } = await makeKey(app, ann)
    const run = jest.spyOn(app.application.connection, 'run')
    const queries = () => run.mock.calls.filter(([statement]) => statement.text.includes('"apiKeys"')).length
    expect((await bearer(token)).status).toBe(200)
    expect(queries()).toBe(1)
    // A node that was too busy to tell the database that it lives trusts nothing in its memory for a moment.
    const isKnown = async (): Promise<boolean> => {
      const before = queries()
      expect((await bearer(token)).status).toBe(200)
      return queries() === before
    }
    while (!(await isKnown())) await pause(20)
    run.mockRestore()
  })
})

it('429 after 30 unproved ones in a minute from one address, and the good key goes on working', async () => {
  const limited = await createKeyApp({ settings: { LIMIT_FAILED_CREDENTIALS: '30' } })
  const good = await makeKey(limited, await limited.user('ann', { roles: ['editor'] }))
  const attempts = Array.from({ length: 32 }, (_, attempt) =>
    useKey(limited, { token: changedAt(good.token, 50 + attempt) }),
  )
  const statuses = (await Promise.all(attempts)).map(({ status }) => status).sort()
  expect(statuses).toEqual([...Array.from({ length: 30 }, () => 401), 429, 429])
  expect((await useKey(limited, good)).status).toBe(200)
  await limited.close()
})

it('200 for the good key after all that', async () => expect((await useKey(app, key)).status).toBe(200))
