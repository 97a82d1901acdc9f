import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { post } from '../calls.js'

let app: TestApp
let users: TestUser[]

beforeAll(async () => {
  app = await createTestApp({
    settings: { TRUSTED_PROXIES: '127.0.0.1', LIMIT_FAILED_SIGN_INS: '4', LIMIT_ADDRESS_FAILED_SIGN_INS: '14' },
  })
  users = await Promise.all(['ann', 'bob', 'cid', 'dan'].map((name) => app.user(name)))
})
afterAll(() => app?.close())

const signIn = async (account: string, password: string, from = '192.0.2.1') =>
  post(app, 'auth:signIn', undefined, { account, password }, { 'X-Forwarded-For': from })
const fail = async (account: string, from?: string) => (await signIn(account, 'wrong-password', from)).status
const nth = (index: number): TestUser => {
  const user = users[index]
  if (!user) throw new Error('there are four')
  return user
}

async function failures(times: number, account: string, from?: string): Promise<number[]> {
  const statuses: number[] = []
  for (let time = 0; time < times; time++) statuses.push(await fail(account, from))
  return statuses
}

describe('429 RATE_LIMITED after too many wrong passwords', () => {
  it('for that account from that address, also with the right one', async () => {
    const { email, password } = nth(0)
    expect(await failures(5, email)).toEqual([401, 401, 401, 401, 429])
    const answer = await signIn(email, password)
    expect(answer).toMatchObject({ status: 429, body: { errors: [{ code: 'RATE_LIMITED' }] } })
    const seconds = Number(answer.headers['retry-after'])
    expect(seconds > 0 && seconds <= 60).toBe(true)
    expect(answer.headers['ratelimit-policy']).toBe('"failed-sign-ins";q=4;w=60')
    expect(answer.headers['ratelimit']).toBe(`"failed-sign-ins";r=0;t=${seconds}`)
    expect(await fail(email.toUpperCase())).toBe(429)
  })

  it('but for nobody else: no other account, no other address', async () => {
    const { email, password } = nth(0)
    expect((await signIn(email, password, '192.0.2.2')).status).toBe(200)
    expect((await signIn(nth(1).email, nth(1).password)).status).toBe(200)
  })

  it('whether there is such an account or not', async () => {
    expect(await failures(5, 'nobody@example.com')).toEqual([401, 401, 401, 401, 429])
  })

  it('exactly then, when all of them are sent at once', async () => {
    const statuses = await Promise.all(Array.from({ length: 40 }, () => fail(nth(2).email)))
    expect(statuses.filter((status) => status === 401)).toHaveLength(4)
    expect(statuses.filter((status) => status === 429)).toHaveLength(36)
  })
})

describe('429 for an address that fails with many accounts', () => {
  const spray = (from: (index: number) => string, times = 20): Promise<number[]> =>
    Promise.all(Array.from({ length: times }, (_, index) => fail(`user${index}@example.com`, from(index))))
  const refused = (statuses: readonly number[]): number => statuses.filter((status) => status === 429).length

  it('exactly then, also when all of them are sent at once, and for nobody elsewhere', async () => {
    expect(refused(await spray(() => '198.51.100.1'))).toBe(6)
    const { email, password } = nth(1)
    expect((await signIn(email, password, '198.51.100.1')).status).toBe(429)
    expect((await signIn(email, password, '198.51.100.2')).status).toBe(200)
  })

  it('of IPv6 for the network that a customer has, not for each of its addresses', async () => {
    expect(refused(await spray((index) => `2001:db8:0:1::${(index + 1).toString(16)}`))).toBe(6)
    const { email, password } = nth(1)
    expect((await signIn(email, password, '2001:db8:0:2::1')).status).toBe(200)
  })
})

describe('what does not count', () => {
  it('are sign-ins that succeed, however many and at once', async () => {
    const { email, password } = nth(1)
    const answers = await Promise.all(Array.from({ length: 12 }, () => signIn(email, password)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  })

  it('are requests that are no try', async () => {
    for (let time = 0; time < 8; time++) await signIn(nth(1).email, '')
    expect((await signIn(nth(1).email, nth(1).password)).status).toBe(200)
  })
})

describe('the old password in a change of the password', () => {
  it('may be tried as often as in a sign-in, from wherever', async () => {
    const { token, password } = nth(3)
    const change = async (oldPassword: string, from: string) =>
      (
        await post(
          app,
          'auth:changePassword',
          token,
          { oldPassword, newPassword: 'another-password' },
          {
            'X-Forwarded-For': from,
          },
        )
      ).status
    const statuses: number[] = []
    for (let time = 0; time < 5; time++) statuses.push(await change('wrong-password', `192.0.2.${time}`))
    expect(statuses).toEqual([400, 400, 400, 400, 429])
    expect(await change(password, '192.0.2.9')).toBe(429)
  })
})
