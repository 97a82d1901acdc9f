import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { createKeyApp, makeKey, post, useKey } from './key-app.js'

let app: TestApp

beforeAll(async () => {
  app = await createKeyApp()
})
afterAll(() => app?.close())

/** As it was before keys had limits, uses and events. */
async function takeBack(): Promise<void> {
  const { connection } = app.application
  for (const text of [
    `ALTER TABLE "apiKeys" DROP COLUMN "scopes", DROP COLUMN "readOnly", DROP COLUMN "allowedIps", DROP COLUMN "rateLimit",
       DROP COLUMN "lastUsedAt", DROP COLUMN "lastUsedFrom", DROP COLUMN "rotatedToId", DROP COLUMN "isEndTold"`,
    ...['delete', 'update', 'truncate'].map((event) => `DROP TRIGGER "postern_credentials_${event}" ON "apiKeys"`),
    'DROP TABLE "apiKeyEvents"',
    `DELETE FROM postern.migrations WHERE owner = 'api-keys' AND name <> '0001-api-key-references'`,
  ]) {
    await connection.run({ text, values: [] })
  }
}

it('keys that were made before keys could be narrowed work as they did, and can be narrowed', async () => {
  const ann = await app.user('ann', { roles: ['editor'] })
  const key = await makeKey(app, ann)
  await takeBack()
  const upgraded = await createKeyApp({ database: app.database })
  try {
    expect((await useKey(upgraded, key)).status).toBe(200)
    const { body } = await upgraded.request('GET', `/api/apiKeys:get/${key.id}`, { token: ann.token })
    const { token: _token, ...record } = key
    expect(body.data).toEqual(record)
    expect((await post(upgraded, `apiKeys:update/${key.id}`, ann.token, { readOnly: true })).status).toBe(200)
    expect((await post(upgraded, 'todos:create', key.token, { title: 'x' })).status).toBe(403)
    const events = await upgraded.request('GET', '/api/apiKeyEvents:list', { token: ann.token })
    expect(events.body.data).toMatchObject([{ event: 'updated' }, { event: 'refused' }])
  } finally {
    await upgraded.close()
  }
})
