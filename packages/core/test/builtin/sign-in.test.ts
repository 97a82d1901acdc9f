import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { get, outcome, post, withoutTraces } from '../calls.js'

let app: TestApp
let ann: TestUser

beforeAll(async () => {
  app = await createTestApp({ settings: { LIMIT_FAILED_SIGN_INS: '0', LIMIT_ADDRESS_FAILED_SIGN_INS: '0' } })
  ann = await app.user('ann')
  await post(app, `users:update/${ann.id}`, await app.signIn('root'), { nickname: 'Ann' })
})
afterAll(() => app?.close())

const signIn = (body: unknown) => post(app, 'auth:signIn', undefined, body)

describe('200', () => {
  it.each(['account', 'email', 'username'])('with the address or the user name as %s', async (member) => {
    for (const account of [ann.email, ann.username, ann.email.toUpperCase()]) {
      const answer = await signIn({ [member]: account, password: ann.password })
      expect(answer.status).toBe(200)
      expect(Object.keys(answer.body.data).sort()).toEqual(['token', 'user'])
      expect(answer.body.data.user).toMatchObject({ id: ann.id, email: ann.email, nickname: 'Ann', enabled: true })
      expect(answer.headers['cache-control']).toBe('private, no-store')
      expect(outcome(await get(app, 'auth:check', answer.body.data.token))).toBe('200')
    }
  })

  it('never shows the password or its hash', async () => {
    const { text } = await signIn({ account: ann.email, password: ann.password })
    expect(text).not.toMatch(/scrypt|password/)
  })

  it('gives another token each time', async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, () => app.signIn('ann')))
    expect(new Set(tokens).size).toBe(5)
  })

  it('keeps only a hash of the token', async () => {
    const token = await app.signIn('ann')
    const { rows } = await app.application.db.sql`SELECT * FROM sessions`
    expect(JSON.stringify(rows)).not.toContain(token)
  })
})

describe('401 INVALID_CREDENTIALS', () => {
  it('is the same to the byte for every reason', async () => {
    const closed = await app.user('clara')
    await post(app, `users:update/${closed.id}`, await app.signIn('root'), { enabled: false })
    const answers = await Promise.all(
      [
        { account: ann.email, password: 'wrong-password' },
        { account: 'nobody@example.com', password: 'wrong-password' },
        { account: 'nobody', password: ann.password },
        { account: closed.email, password: closed.password },
        { account: 'Ann', password: ann.password },
        { account: `${ann.email} `, password: ann.password },
        { account: "' OR 1=1 --", password: ann.password },
        { account: '%', password: ann.password },
        { account: ann.email, password: `${ann.password} ` },
        { account: ann.email, password: ann.password.toUpperCase() },
      ].map(async (body) => withoutTraces(await signIn(body))),
    )
    expect(answers[0]).toMatchObject({ status: 401, text: expect.stringContaining('INVALID_CREDENTIALS') })
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  it('takes about the same time for an unknown account and a wrong password', async () => {
    const time = async (account: string): Promise<number> => {
      const times: number[] = []
      for (let round = 0; round < 7; round++) {
        const started = performance.now()
        await signIn({ account, password: 'wrong-password' })
        times.push(performance.now() - started)
      }
      return times.sort((a, b) => a - b)[3] ?? 0
    }
    await time('warm@example.com')
    const [known, unknown] = [await time(ann.email), await time('nobody@example.com')]
    expect(Math.max(known, unknown) / Math.min(known, unknown)).toBeLessThan(3)
  })
})

describe('400', () => {
  it.each([
    {},
    { account: 'a' },
    { password: 'b' },
    { account: '', password: 'b' },
    { account: 'a', password: '' },
    { account: { $ne: null }, password: 'b' },
    { account: ['a'], password: 'b' },
    { account: 1, password: 'b' },
    { account: 'a', password: { $ne: null } },
    { account: 'a', password: null },
    { account: 'a', password: 'b', roles: ['root'] },
    { account: 'a'.repeat(300), password: 'b' },
    { account: 'a', password: 'b'.repeat(2000) },
    [],
    [{ account: 'a', password: 'b' }],
    null,
    'root',
  ])('for %j', async (body) => expect((await signIn(body)).status).toBe(400))

  it('for NUL in the name', async () => {
    expect((await signIn({ account: 'a\0b', password: 'b' })).status).toBe(400)
  })

  it('for a password in the address, where logs and histories would keep it', async () => {
    const query = `account=${ann.email}&password=${ann.password}`
    const answer = await app.request('POST', `/api/auth:signIn?${query}`, { headers: { 'Content-Length': '0' } })
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain(ann.password)
    expect((await get(app, `auth:signIn?${query}`)).status).toBe(405)
  })
})

describe('a credential beside the password', () => {
  it('must be good, if there is one', async () => {
    const body = { account: ann.email, password: ann.password }
    expect(outcome(await post(app, 'auth:signIn', 'nonsense', body))).toBe('401 INVALID_TOKEN')
    expect(outcome(await post(app, 'auth:signIn', ann.token, body))).toBe('200')
  })
})
