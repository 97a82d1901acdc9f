import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { createKeyApp, makeKey, post, useKey, type MadeKey } from './key-app.js'

let app: TestApp
let ann: TestUser

beforeAll(async () => {
  app = await createKeyApp({ settings: { TRUSTED_PROXIES: '127.0.0.1' } })
  ann = await app.user('ann', { roles: ['editor'] })
})
afterAll(() => app?.close())

const limited = (limit: number, window = 60, more: object = {}): Promise<MadeKey> =>
  makeKey(app, ann, { rateLimit: { limit, window }, ...more })

describe('a key with a limit', () => {
  it('counts down in the headers of every answer, and is 429 beyond it', async () => {
    const key = await limited(3)
    for (const [path, left] of [
      ['todos:list', 2],
      ['users:list', 1],
      ['nothing:list', 0],
    ] as const) {
      const { headers } = await app.request('GET', `/api/${path}`, { token: key.token })
      expect(headers['ratelimit-policy']).toBe('"apiKey";q=3;w=60')
      expect(headers['ratelimit']).toMatch(new RegExp(`^"apiKey";r=${left};t=\\d+$`))
    }
    const answer = await useKey(app, key)
    expect(answer).toMatchObject({ status: 429, body: { errors: [{ code: 'RATE_LIMITED' }] } })
    const seconds = Number(answer.headers['retry-after'])
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(answer.headers['ratelimit']).toBe(`"apiKey";r=0;t=${seconds}`)
    expect(answer.headers['ratelimit-policy']).toBe('"apiKey";q=3;w=60')
  })

  it('lets exactly so many through when a thousand come at once', async () => {
    const key = await limited(100)
    const answers = await Promise.all(Array.from({ length: 1000 }, () => useKey(app, key)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(100)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(900)
  })

  it('is in nobody else’s way, and a request from a wrong address costs it nothing', async () => {
    const [key, other] = [await limited(1, 60, { allowedIps: ['10.0.0.1'] }), await limited(1)]
    const from = (address: string) =>
      app.request('GET', '/api/todos:list', { token: key.token, headers: { 'X-Forwarded-For': address } })
    for (let time = 0; time < 5; time++) expect((await from('10.0.0.2')).status).toBe(403)
    expect((await from('10.0.0.1')).status).toBe(200)
    expect((await from('10.0.0.1')).status).toBe(429)
    expect((await useKey(app, other)).status).toBe(200)
    expect((await useKey(app, await makeKey(app, ann))).headers).not.toHaveProperty('ratelimit')
  })

  it('says with auth:check how many are left, and until when', async () => {
    const key = await limited(5)
    await useKey(app, key)
    const { body } = await app.request('GET', '/api/auth:check', { token: key.token })
    const { rateLimit } = body.data.credential
    expect(rateLimit).toEqual({ limit: 5, remaining: 3, resetAt: expect.any(String) })
    expect(Date.parse(rateLimit.resetAt) - app.clock.now()).toBeLessThanOrEqual(60_000)
  })

  it('has another limit at once when it is changed, or none', async () => {
    const key = await limited(1)
    await useKey(app, key)
    expect((await useKey(app, key)).status).toBe(429)
    const change = (rateLimit: unknown) => post(app, `apiKeys:update/${key.id}`, ann.token, { rateLimit })
    expect((await change({ limit: 2, window: 60 })).status).toBe(200)
    expect((await useKey(app, key)).headers['ratelimit-policy']).toBe('"apiKey";q=2;w=60')
    expect((await change({ limit: 0, window: 60 })).status).toBe(400)
    expect((await change(null)).body.data).toMatchObject([{ rateLimit: null }])
    for (let time = 0; time < 3; time++) expect((await useKey(app, key)).status).toBe(200)
  })
})

it('a page in a browser may read the headers', async () => {
  const key = await limited(5)
  const headers = { Origin: 'https://app.example' }
  const answer = await app.request('GET', '/api/todos:list', { token: key.token, headers })
  const exposed = answer.headers['access-control-expose-headers']?.toLowerCase()
  for (const name of ['ratelimit', 'ratelimit-policy', 'retry-after', 'x-api-key-expires-at']) {
    expect(exposed).toContain(name)
  }
})

it('a bad credential is limited by the address it comes from, and a good one from there goes on working', async () => {
  const strict = await createTestApp({ settings: { LIMIT_FAILED_CREDENTIALS: '30' } })
  try {
    const fail = () => strict.request('GET', '/api/auth:check', { token: 'nonsense' })
    const good = await strict.signIn('root')
    for (let time = 0; time < 30; time++) expect((await fail()).status).toBe(401)
    expect((await fail()).status).toBe(429)
    expect((await strict.request('GET', '/api/auth:check', { token: good })).status).toBe(200)
  } finally {
    await strict.close()
  }
})
