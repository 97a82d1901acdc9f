import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineAction, definePlugin } from '@postern/core'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { collectLog } from '../collected-log.js'
import { get, post } from '../calls.js'

/** Fails in the ways in which an action can fail, with the caller's secrets at hand. */
const faulty = definePlugin({
  name: 'faulty',
  setup: ({ acl, db, resources }) => {
    acl.grant('member', 'faulty', ['*'])
    resources.define('faulty', {
      crash: defineAction({ summary: 'Crash', run: () => Promise.reject(new Error('a defect')) }),
      query: defineAction({
        summary: 'Ask wrongly',
        run: ({ body }) => db.sql`SELECT ${body} + 1 FROM nowhere_at_all`,
      }),
    })
  },
})

const collected = collectLog()
const { log } = collected
const secrets = {
  root: 'the-password-of-root',
  ann: 'the-password-of-ann',
  wrong: 'a-wrong-password-9f3a',
  next: 'the-next-password-7c1d',
  admin: 'set-by-an-admin-5b2e',
}
let app: TestApp
const answers: TestResponse[] = []

async function note(answer: Promise<TestResponse>): Promise<TestResponse> {
  answers.push(await answer)
  return answer
}

beforeAll(async () => {
  app = await createTestApp({ log, plugins: [faulty], settings: { LOG_LEVEL: 'trace' } })
})
afterAll(() => app?.close())

describe('passwords, hashes and tokens', () => {
  it('are in no answer and in no line of the log, whatever happens', async () => {
    const root = await app.signIn('root')
    const ann = await app.user('ann')
    const signIn = (account: string, password: string) => post(app, 'auth:signIn', undefined, { account, password })
    await note(signIn('ann', secrets.wrong))
    await note(signIn(secrets.wrong, secrets.wrong))
    await note(post(app, 'auth:signIn', undefined, { account: 'ann', pass: secrets.wrong }))
    await note(post(app, `auth:signIn?password=${secrets.wrong}&token=${root}`, undefined, {}))
    await note(post(app, 'auth:signIn', undefined, { account: 'a\0', password: secrets.wrong }))
    await note(post(app, 'auth:changePassword', ann.token, { oldPassword: secrets.wrong, newPassword: secrets.next }))
    await note(post(app, 'auth:changePassword', ann.token, { oldPassword: secrets.ann, newPassword: secrets.next }))
    await note(post(app, 'users:create', root, { email: 'no address', password: secrets.next }))
    await note(post(app, 'users:create', root, { email: ann.email, password: secrets.next }))
    await note(post(app, 'users:create', root, { email: 'b@example.com', password: secrets.next, username: 'a\0' }))
    await note(post(app, `users:update/${ann.id}`, root, { password: secrets.admin, nickname: 'Ann' }))
    await note(post(app, `users:update/${ann.id}`, root, { password: [secrets.admin] }))
    for (const path of ['users:list', 'users:list?paginate=false', `users:get/${ann.id}`, 'auth:check'])
      await note(get(app, path, root))
    await note(post(app, 'faulty:crash', ann.token, { password: secrets.wrong }))
    await note(post(app, 'faulty:query', root, { password: secrets.wrong }))
    await note(get(app, `users:list?token=${root}`, `${root}x`))
    await note(get(app, 'users:list', undefined, { Cookie: `token=${root}`, 'X-Api-Key': root }))
    await note(
      app.request('POST', '/api/auth:signIn', {
        raw: `{"password":"${secrets.wrong}`,
        headers: { 'Content-Type': 'application/json' },
      }),
    )

    const { rows } = await app.application.db.sql`
      SELECT password AS secret FROM users UNION SELECT "tokenHash" FROM sessions`
    const hidden = [...Object.values(secrets), root, ann.token, ...rows.map(({ secret }) => String(secret)), 'scrypt$']
    for (const secret of hidden) {
      const told = answers.filter((answer) => JSON.stringify(answer).includes(secret)).map(({ text: body }) => body)
      expect(told).toEqual([])
    }
    // `sql` of a failed statement is for the serializer to drop; everything else must not even reach the log.
    const lines = collected.text()
    expect(lines).toContain('request')
    for (const secret of hidden.filter((one) => one !== secrets.wrong)) expect(lines).not.toContain(secret)
  })

  it('are not in the answer to a defect, nor is anything else of the inside', async () => {
    const { token } = await app.user('bob')
    for (const path of ['faulty:crash', 'faulty:query']) {
      const answer = await post(app, path, token)
      expect(answer.status).toBeGreaterThanOrEqual(500)
      expect(answer.text).not.toMatch(/defect|SELECT|nowhere|\.ts|node_modules| at /)
      expect(answer.headers['x-request-id']).toMatch(/[\w-]{10,}/)
      if (answer.status === 500) expect(collected.text()).toContain(answer.headers['x-request-id'])
    }
  })
})
