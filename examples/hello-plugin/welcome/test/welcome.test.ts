import { expect, it } from '@jest/globals'
import { createTestApp, expectCleanDisable } from '@postern/testkit'
import hello from '../../hello/src/index.js'
import plugin from '../src/index.js'

it('welcomes whoever was greeted, in the words of the other plugin', async () => {
  const app = await createTestApp({ plugins: [hello, plugin] })
  try {
    await app.as('root').call('greetings', 'create', { name: 'Bob', words: 'Good day' })
    await app.request('GET', '/api/hello:greet?name=Ann')
    await app.request('GET', '/api/hello:greet?name=Bob')
    const { body } = await app.request('GET', '/api/welcome:everybody')
    expect(body).toEqual({ data: ['Hello, Ann!', 'Good day, Bob!'] })
    // Nobody is left without what he needs.
    await expect(app.application.plugins.disable('hello', 'test')).rejects.toMatchObject({ code: 'PLUGIN_NEEDED' })
  } finally {
    await app.close()
  }
})

it('leaves nothing behind when it is switched off', () => expectCleanDisable(plugin, { plugins: [hello] }))
