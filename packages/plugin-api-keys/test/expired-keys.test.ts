import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { fakeClock, type TestApp } from '@postern/testkit'
import { createKeyApp, expectRefused, makeKey, post, useKey, type MadeKey } from './key-app.js'

const clock = fakeClock('2026-06-01T10:00:00Z')
let app: TestApp
let ann: { readonly token: string }

beforeAll(async () => {
  app = await createKeyApp({ clock })
  ann = await app.user('ann', { roles: ['editor'] })
})
afterAll(() => app?.close())

/** Ends at 11:00. */
async function makeHourKey(): Promise<MadeKey> {
  clock.set('2026-06-01T10:00:00Z')
  return makeKey(app, ann, { expiresIn: '1h' })
}

const statusAt = async (time: string, key: MadeKey) => {
  clock.set(`2026-06-01T${time}Z`)
  return useKey(app, key)
}

describe.each([
  ['that the server has in its memory', true],
  ['that the server has not seen yet', false],
])('a key %s', (_what, isKnown) => {
  it('is 200 until the last millisecond', async () => {
    const key = await makeHourKey()
    if (isKnown) await useKey(app, key)
    expect((await statusAt('10:59:59.999', key)).status).toBe(200)
  })

  it.each(['11:00:00.000', '11:00:00.001', '11:00:01.000'])('is 401 expired at %s', async (time) => {
    const key = await makeHourKey()
    if (isKnown) expect((await useKey(app, key)).status).toBe(200)
    expectRefused(await statusAt(time, key), 'expired')
  })
})

describe('401 without a reason', () => {
  it('for an expired key of which a part is wrong or missing', async () => {
    const key = await makeHourKey()
    clock.set('2026-06-01T12:00:00Z')
    expectRefused(await useKey(app, { token: `${key.token}A` }))
    expectRefused(await useKey(app, { token: key.token.slice(0, -1) }))
  })

  it('for an expired key whose row is gone', async () => {
    const key = await makeHourKey()
    clock.set('2026-06-01T12:00:00Z')
    expect((await post(app, `apiKeys:destroy/${key.id}`, ann.token)).status).toBe(200)
    expectRefused(await useKey(app, key))
  })
})

describe('an expired key', () => {
  it('does not come back when it is switched on', async () => {
    const key = await makeHourKey()
    clock.set('2026-06-01T12:00:00Z')
    expect((await post(app, `apiKeys:update/${key.id}`, ann.token, { enabled: true })).status).toBe(200)
    expectRefused(await useKey(app, key), 'expired')
  })

  it('is listed, changed and deleted like any other', async () => {
    const key = await makeHourKey()
    clock.set('2026-06-01T12:00:00Z')
    const filter = encodeURIComponent('{"expiresAt":{"$lt":"2026-06-01T11:30:00Z"}}')
    const { body } = await app.request('GET', `/api/apiKeys:list?filter=${filter}&pageSize=100`, { token: ann.token })
    expect(body.data.map(({ id }: MadeKey) => id)).toContain(key.id)
    expect((await post(app, `apiKeys:destroy/${key.id}`, ann.token)).body).toEqual({ data: 1 })
  })
})

it('200 for a key without an end, a hundred years on', async () => {
  clock.set('2026-06-01T10:00:00Z')
  const key = await makeKey(app, ann, { expiresIn: 'never' })
  clock.set('2126-06-01T10:00:00Z')
  expect((await useKey(app, key)).status).toBe(200)
})
