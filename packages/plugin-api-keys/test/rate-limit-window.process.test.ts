import { expect, it } from '@jest/globals'
import { createKeyApp, makeKey, useKey } from './key-app.js'

it('a key with a limit begins anew when the window is over', async () => {
  const app = await createKeyApp()
  const ann = await app.user('ann', { roles: ['editor'] })
  const key = await makeKey(app, ann, { rateLimit: { limit: 1, window: 1 } })
  expect((await useKey(app, key)).status).toBe(200)
  expect((await useKey(app, key)).status).toBe(429)
  await new Promise((resolve) => setTimeout(resolve, 1100))
  expect((await useKey(app, key)).status).toBe(200)
  await app.close()
})
