import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, outcome, post, withoutTraces } from '../calls.js'

let app: TestApp
let token: string

beforeAll(async () => {
  app = await createTestApp({ settings: { LIMIT_FAILED_CREDENTIALS: '0' } })
  await app.collection('news', { title: 'string' })
  await app.grant('anonymous', 'news', ['list'])
  token = await app.signIn('root')
})
afterAll(() => app?.close())
afterEach(() => void jest.restoreAllMocks())

const ask = (authorization: string, path = 'auth:check') => get(app, path, undefined, { Authorization: authorization })
const swapped = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at] === 'a' ? 'b' : 'a'}${text.slice(at + 1)}`

describe('200 with a session token', () => {
  it.each(['bearer ', 'BEARER ', 'bEaReR ', 'Bearer   ', 'Bearer\t', 'Bearer \t '])('after %j', async (scheme) => {
    expect((await ask(`${scheme}${token}`)).status).toBe(200)
  })
})

describe('401 INVALID_TOKEN', () => {
  const made: [string, (good: string) => string][] = [
    ['something behind it', (good) => `Bearer ${good} extra`],
    ['no scheme', (good) => good],
    ['no blank after the scheme', (good) => `Bearer${good}`],
    ['the scheme Basic', (good) => `Basic ${Buffer.from(`root:${good}`).toString('base64')}`],
    ['the scheme Token', (good) => `Token ${good}`],
    ['a comma behind the scheme', (good) => `Bearer, ${good}`],
    ['the scheme twice', (good) => `Bearer Bearer ${good}`],
    ['one character less at the end', (good) => `Bearer ${good.slice(0, -1)}`],
    ['one character less at the start', (good) => `Bearer ${good.slice(1)}`],
    ['one character more', (good) => `Bearer ${good}A`],
    ['capitals', (good) => `Bearer ${good.toUpperCase()}`],
    ['one character changed in the prefix', (good) => `Bearer ${swapped(good, 1)}`],
    ['one character changed in the middle', (good) => `Bearer ${swapped(good, 20)}`],
    ['one character changed in the checksum', (good) => `Bearer ${swapped(good, good.length - 1)}`],
    ['a no-break space behind it', (good) => `Bearer ${good}\u00a0`],
    ['a no-break space before it', (good) => `Bearer \u00a0${good}`],
    ['a no-break space instead of the blank', (good) => `Bearer\u00a0${good}`],
    ['quotes', (good) => `Bearer "${good}"`],
    ['two of them with a comma', (good) => `Bearer ${good}, Bearer ${good}`],
    ['two of them with a blank', (good) => `Bearer ${good} ${good}`],
    ['a percent sign', (good) => `Bearer ${good}%00`],
    ['undefined', () => 'Bearer undefined'],
    ['null', () => 'Bearer null'],
    ['[object Object]', () => 'Bearer [object Object]'],
    ['a number', () => 'Bearer 1'],
    ['a dot', () => 'Bearer .'],
    ['two dots', () => 'Bearer ..'],
    ['SQL', () => `Bearer ' OR 1=1 --`],
  ]

  it.each(made)('with %s, on public actions too', async (_what, make) => {
    const answer = await ask(make(token))
    expect(outcome(answer)).toBe('401 INVALID_TOKEN')
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="api", error="invalid_token"')
    expect(answer.body.errors).toEqual([
      { code: 'INVALID_TOKEN', message: 'Your session has expired. Please sign in again.' },
    ])
    expect(outcome(await ask(make(token), 'news:list'))).toBe('401 INVALID_TOKEN')
  })

  it('with the stored hash', async () => {
    const { rows } = await app.application.db.sql`SELECT "tokenHash" FROM sessions`
    for (const { tokenHash } of rows)
      expect(outcome(await ask(`Bearer ${String(tokenHash)}`))).toBe('401 INVALID_TOKEN')
  })

  it('with letters that only look the same, however they are encoded', async () => {
    for (const encoding of ['utf8', 'latin1'] as const) {
      const value = Buffer.from(`Bearer ${token.replace('p', encoding === 'utf8' ? 'р' : 'þ')}`, encoding)
      const head = 'GET /api/auth:check HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: '
      const answer = await app.raw(Buffer.concat([Buffer.from(head), value, Buffer.from('\r\n\r\n')]))
      expect(answer).toMatch(/^HTTP\/1\.1 401 .*INVALID_TOKEN/s)
    }
  })

  it('before anything else is looked at: the path, the method, the body', async () => {
    const headers = { Authorization: 'Bearer nonsense' }
    expect(outcome(await get(app, 'nothing:here', undefined, headers))).toBe('401 INVALID_TOKEN')
    expect(outcome(await app.request('DELETE', '/api/auth:signIn', { headers }))).toBe('401 INVALID_TOKEN')
    const broken = { headers: { ...headers, 'Content-Type': 'application/json' }, raw: '{' }
    expect(outcome(await app.request('POST', '/api/auth:signIn', broken))).toBe('401 INVALID_TOKEN')
  })
})

describe('unknown, wrong and garbage', () => {
  it('are told the same to the byte', async () => {
    const { application } = app
    // A token of the right form that nobody ever got, one that ended, and none at all.
    const ended = await app.signIn('root')
    await post(app, 'auth:signOut', ended)
    const { mintOpaqueToken } = await import('@postern/core')
    const answers = await Promise.all(
      [mintOpaqueToken('pst'), ended, swapped(token, 9), 'x', 'a.b.c', application.host.jwt.sign({ userId: 1 })].map(
        async (bad) => withoutTraces(await ask(`Bearer ${bad}`)),
      ),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  it('make no query when their form is wrong, and are refused quickly at any length', async () => {
    const run = jest.spyOn(app.application.connection, 'run')
    const started = performance.now()
    for (const bad of [
      swapped(token, 30),
      'x'.repeat(15_000),
      `pst_${'a'.repeat(15_000)}`,
      `${'a'.repeat(7000)}.`.repeat(2),
    ]) {
      expect(outcome(await ask(`Bearer ${bad}`))).toBe('401 INVALID_TOKEN')
    }
    expect(performance.now() - started).toBeLessThan(1000)
    const asked = run.mock.calls.filter(([{ text }]) => /sessions|apiKeys/.test(text))
    expect(asked).toEqual([])
  })
})

describe('a known credential', () => {
  it('makes no query', async () => {
    await ask(`Bearer ${token}`)
    const run = jest.spyOn(app.application.connection, 'run')
    expect((await ask(`Bearer ${token}`)).status).toBe(200)
    expect(run.mock.calls.filter(([{ text }]) => /sessions|usersRoles/.test(text))).toEqual([])
  })
})

describe('431', () => {
  it('for more headers than can be counted', async () => {
    const headers = Array.from({ length: 201 }, (_, index) => [`X-${index}`, 'a'] as const)
    const answer = await app.request('GET', '/api/auth:check', { token, headers })
    expect(answer.status).toBe(431)
  })
})
