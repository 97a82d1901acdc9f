import { afterEach, describe, expect, it } from '@jest/globals'
import { silentLogger, type Logger } from '@postern/core'
import { fakeClock, type TestApp } from '@postern/testkit'
import { appKey, createKeyApp, expectRefused, makeKey, post, useKey } from './key-app.js'

const open: TestApp[] = []
const warnings: unknown[] = []
const warn = (...said: readonly unknown[]): void => void warnings.push(...said)
const log: Logger = { ...silentLogger, warn, child: () => log }
const notices = () => warnings.filter((text) => typeof text === 'string' && text.includes('APP_KEY'))
const otherKey = 'Zp6rXw1sVu8qTn4mRk9jPh5gNe2dLb7a'

async function start(settings: Record<string, string>, from?: TestApp): Promise<TestApp> {
  warnings.length = 0
  const clock = fakeClock()
  const app = await createKeyApp({ settings, log, clock, ...(from && { database: from.database }) })
  open.push(app)
  return app
}

afterEach(async () => {
  for (const app of open.splice(0).reverse()) await app.close()
})

describe('a server that starts with another APP_KEY', () => {
  it('says how many keys that ended, and refuses them without a reason', async () => {
    const first = await start({ APP_KEY: appKey })
    const ann = await first.user('ann', { roles: ['editor'] })
    const keys = [await makeKey(first, ann), await makeKey(first, ann, { expiresIn: 'never' })]
    const expired = await makeKey(first, ann)
    await first.application.db.sql`UPDATE "apiKeys" SET "expiresAt" = now() - interval '1 day' WHERE id = ${expired.id}`
    expect(notices()).toEqual([])

    const second = await start({ APP_KEY: otherKey }, first)
    expect(notices()).toEqual(['2 API keys were signed with another APP_KEY and no longer work'])
    for (const key of keys) expectRefused(await useKey(second, key))

    // Sessions are not signed with it: the owner goes on, and makes a new key.
    const made = await makeKey(second, ann)
    expect((await useKey(second, made)).status).toBe(200)
    const body = { oldPassword: ann.password, newPassword: 'another-good-password' }
    expect((await post(second, 'auth:changePassword', ann.token, body)).body).toEqual({ data: { liveApiKeys: 1 } })

    const third = await start({ APP_KEY: appKey }, first)
    expect(notices()).toEqual(['1 API key was signed with another APP_KEY and no longer works'])
    for (const key of keys) expect((await useKey(third, key)).status).toBe(200)
    expectRefused(await useKey(third, made))
  })

  it('says nothing when the APP_KEY is the same', async () => {
    const first = await start({ APP_KEY: appKey })
    await makeKey(first, await first.user('ann', { roles: ['editor'] }))
    await start({ APP_KEY: appKey }, first)
    expect(notices()).toEqual([])
  })
})

describe('a server whose APP_KEY is a list', () => {
  it('signs with the first, and takes what the others signed until they are gone from it', async () => {
    const first = await start({ APP_KEY: appKey })
    const ann = await first.user('ann', { roles: ['editor'] })
    const old = await makeKey(first, ann)

    const second = await start({ APP_KEY: `${otherKey},${appKey}` }, first)
    expect(notices()).toEqual([])
    expect((await useKey(second, old)).status).toBe(200)
    const made = await makeKey(second, ann)
    expect((await useKey(second, made)).status).toBe(200)
    expectRefused(await useKey(first, made))

    const third = await start({ APP_KEY: otherKey }, first)
    expect((await useKey(third, made)).status).toBe(200)
    expectRefused(await useKey(third, old))
  })
})
