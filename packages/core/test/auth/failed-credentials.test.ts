import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, fakeClock, type TestApp } from '@postern/testkit'
import { get, outcome } from '../calls.js'

const proxies = '127.0.0.1,10.0.0.0/8'
/** Behind a proxy, with the limit that a server has when nobody says otherwise. */
let standard: TestApp
/** The same with a limit that is reached sooner. */
let app: TestApp
let token: string

beforeAll(async () => {
  standard = await createTestApp({ settings: { TRUSTED_PROXIES: proxies } })
  app = await createTestApp({ settings: { TRUSTED_PROXIES: proxies, LIMIT_FAILED_CREDENTIALS: '3' } })
  token = await app.signIn('root')
})
afterAll(() => Promise.all([standard?.close(), app?.close()]))

/** A bad credential that came through the proxy from this address. */
const fail = (from: string, server = app) =>
  get(server, 'auth:check', undefined, { Authorization: 'Bearer nonsense', 'X-Forwarded-For': from })

async function outcomes(times: number, work: () => Promise<{ status: number }>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (let time = 0; time < times; time++) {
    const { status } = await work()
    counts[status] = (counts[status] ?? 0) + 1
  }
  return counts
}

const exhaust = (from: string) => outcomes(3, () => fail(from))

describe('429 RATE_LIMITED', () => {
  it('for the 31st bad credential of an address in a minute', async () => {
    expect(await outcomes(30, () => fail('192.0.2.1', standard))).toEqual({ 401: 30 })
    const answer = await fail('192.0.2.1', standard)
    expect(outcome(answer)).toBe('429 RATE_LIMITED')
    const seconds = Number(answer.headers['retry-after'])
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(answer.headers['ratelimit-policy']).toBe('"failed-credentials";q=30;w=60')
    expect(answer.headers['ratelimit']).toBe(`"failed-credentials";r=0;t=${seconds}`)
    expect(answer.headers['www-authenticate']).toBeUndefined()
  })

  it('exactly for those beyond the 30th when they come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => fail('192.0.2.2', standard)))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(30)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(70)
  })

  it('for nobody else', async () => {
    await exhaust('192.0.2.3')
    expect((await fail('192.0.2.4')).status).toBe(401)
  })

  it('also on public actions, where a bad credential is bad too', async () => {
    await exhaust('192.0.2.5')
    const headers = { Authorization: 'Bearer nonsense', 'X-Forwarded-For': '192.0.2.5' }
    const answer = await app.request('POST', '/api/auth:signIn', { headers, body: { account: 'a', password: 'b' } })
    expect(answer.status).toBe(429)
  })
})

describe('from an address that had its share', () => {
  it('a good credential goes on working, before and after it is known', async () => {
    await exhaust('192.0.2.10')
    const headers = { 'X-Forwarded-For': '192.0.2.10' }
    const fresh = await app.signIn('root')
    for (const good of [fresh, fresh, token]) expect((await get(app, 'auth:check', good, headers)).status).toBe(200)
  })

  it('no credential is no bad one', async () => {
    await exhaust('192.0.2.11')
    const headers = { 'X-Forwarded-For': '192.0.2.11' }
    expect(outcome(await get(app, 'auth:check', undefined, headers))).toBe('401 EMPTY_TOKEN')
    const signIn = await app.request('POST', '/api/auth:signIn', {
      headers,
      body: { account: 'root', password: 'the-password-of-root' },
    })
    expect(signIn.status).toBe(200)
  })
})

describe('what does not count', () => {
  it('are requests without a credential', async () => {
    const headers = { 'X-Forwarded-For': '192.0.2.20' }
    expect(await outcomes(5, () => get(app, 'auth:check', undefined, headers))).toEqual({ 401: 5 })
    expect((await fail('192.0.2.20')).status).toBe(401)
  })

  it('are credentials that were good and have expired', async () => {
    const clock = fakeClock()
    const aged = await createTestApp({ clock, settings: { LIMIT_FAILED_CREDENTIALS: '3' } })
    const old = await aged.signIn('root')
    clock.advance(8 * 86_400_000)
    expect(await outcomes(5, () => get(aged, 'auth:check', old))).toEqual({ 401: 5 })
    expect(outcome(await get(aged, 'auth:check', 'nonsense'))).toBe('401 INVALID_TOKEN')
    await aged.close()
  })

  it('is too little permission', async () => {
    const headers = { 'X-Forwarded-For': '192.0.2.21' }
    const member = await app.user('quentin')
    expect(await outcomes(5, () => get(app, 'users:list', member.token, headers))).toEqual({ 403: 5 })
    expect((await fail('192.0.2.21')).status).toBe(401)
  })
})

describe('the address of a client', () => {
  it('is the right-most that is no trusted proxy', async () => {
    await exhaust('192.0.2.30')
    for (const chain of [
      '192.0.2.30',
      '198.51.100.1, 192.0.2.30',
      '192.0.2.30, 10.1.2.3',
      '203.0.113.9, 192.0.2.30, 10.1.2.3,10.9.9.9',
    ]) {
      expect([chain, (await fail(chain)).status]).toEqual([chain, 429])
    }
    expect((await fail('192.0.2.30, 198.51.100.2')).status).toBe(401)
  })

  it('is the same in IPv4 and mapped into IPv6', async () => {
    await exhaust('192.0.2.31')
    for (const same of ['::ffff:192.0.2.31', '::FFFF:c000:21f', '0:0:0:0:0:ffff:192.0.2.31']) {
      expect([same, (await fail(same)).status]).toEqual([same, 429])
    }
    expect((await fail('192.0.2.31, ::ffff:10.1.1.1')).status).toBe(429)
  })

  it('is the same in every spelling of IPv6', async () => {
    await exhaust('2001:db8::1')
    expect((await fail('2001:0DB8:0:0:0:0:0:1')).status).toBe(429)
  })

  it('is the socket’s when nobody is trusted, whatever a header says', async () => {
    const plain = await createTestApp({ settings: { LIMIT_FAILED_CREDENTIALS: '3' } })
    const pretend = (from: string) =>
      get(plain, 'auth:check', undefined, { Authorization: 'Bearer nonsense', 'X-Forwarded-For': from })
    let number = 0
    expect(await outcomes(3, () => pretend(`192.0.2.${number++}`))).toEqual({ 401: 3 })
    expect((await pretend('203.0.113.77')).status).toBe(429)
    const headers = { Authorization: 'Bearer nonsense' }
    for (const name of ['X-Real-IP', 'Forwarded', 'X-Client-IP', 'True-Client-IP']) {
      expect((await get(plain, 'auth:check', undefined, { ...headers, [name]: '203.0.113.78' })).status).toBe(429)
    }
    await plain.close()
  })
})

describe('a limit of 0', () => {
  it('is none', async () => {
    const free = await createTestApp({ settings: { LIMIT_FAILED_CREDENTIALS: '0' } })
    expect(await outcomes(50, () => get(free, 'auth:check', 'nonsense'))).toEqual({ 401: 50 })
    await free.close()
  })
})
