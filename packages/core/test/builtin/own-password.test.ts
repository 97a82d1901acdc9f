import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { badge } from '../badge-plugin.js'
import { get, outcome, post } from '../calls.js'

let app: TestApp
let ann: TestUser
let rootId: number

beforeAll(async () => {
  app = await createTestApp({ plugins: [badge] })
  ann = await app.user('ann')
  rootId = (await get(app, 'auth:check', await app.signIn('root'))).body.data.id
})
afterAll(() => app?.close())

/** What root's badge may do; badges stand for user 1. */
const withBadge = async (path: string, body: unknown, role = 'root') =>
  outcome(await post(app, path, undefined, body, { 'X-Badge': role }))

describe('403 for a credential that is no session', () => {
  it('on changing the password of its owner: it could sign in as him, and become more than it is', async () => {
    expect(rootId).toBe(1)
    for (const path of [
      'users:update/1',
      'users:update?filter={"username":"root"}',
      `users:update?filterByTk=${ann.id},1`,
    ]) {
      expect([path, await withBadge(path, { password: 'taken-over' })]).toEqual([path, '403 NO_PERMISSION'])
    }
    const body = { oldPassword: 'the-password-of-root', newPassword: 'taken-over' }
    expect(await withBadge('auth:changePassword', body)).toBe('403 NO_PERMISSION')
    expect(await withBadge('auth:signOut', {})).toBe('403 NO_PERMISSION')
    expect(await app.signIn('root')).toMatch(/^pst_/)
    await expect(app.signIn('ann', 'taken-over')).rejects.toThrow('401')
  })
})

describe('200 for it', () => {
  it('on what else its role allows', async () => {
    expect(await withBadge('users:update/1', { nickname: 'Boss' })).toBe('200')
    expect(await withBadge(`users:update/${ann.id}`, { password: 'set-by-a-badge' })).toBe('200')
    expect(await app.signIn('ann', 'set-by-a-badge')).toMatch(/^pst_/)
  })
})
