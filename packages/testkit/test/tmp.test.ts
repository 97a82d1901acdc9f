import { it } from '@jest/globals'
import { createTestApp } from '../src/index.js'
import { definePlugin } from '@postern/core'
it('x', async () => {
   const app = await createTestApp({availablePlugins: [definePlugin({name: 'aa', setup: () => undefined})]});
   console.log((await app.application.db.sql`select *, now() from postern.nodes`).rows)
   for (let i = 0; i < 3; i++) {
   let t = Date.now()
   console.log(JSON.stringify(await app.application.plugins.enable('aa', 'x')), Date.now() - t)
   t = Date.now()
   console.log(JSON.stringify(await app.application.plugins.disable('aa', 'x')), Date.now() - t)
   }
   await app.close()
}, 60000)
