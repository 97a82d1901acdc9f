import { it } from '@jest/globals'
import { createTestApp } from '@postern/testkit'
it('x', async () => {
  try { const app = await createTestApp(); await app.close() } catch (e) { const c = e as any; console.log(c.name, c.message, c.parent, c.original, c.errors, c.cause) }
})
