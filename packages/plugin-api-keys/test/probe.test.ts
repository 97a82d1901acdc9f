import { it } from '@jest/globals'
import { createKeyApp, makeKey, post } from './key-app.js'
it('x', async () => {
  const app = await createKeyApp(); const root = { token: await app.signIn('root') }
  const key = await makeKey(app, root, { role: 'root' })
  console.log((await post(app, `apiKeys:update/${key.id}`, root.token, { enabled: null })).text)
  await app.close()
})
