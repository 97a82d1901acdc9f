import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { definePlugin } from '@postern/core'
import { badge } from '../badge-plugin.js'

let app: TestApp
let root: string

const failing = definePlugin({
  name: 'failing',
  setup: () => {
    throw new Error('cannot reach postgres://svc:hunter2@db.internal/crm, see /srv/secret/config.json')
  },
})

beforeAll(async () => {
  app = await createTestApp({ plugins: [badge], availablePlugins: [failing] })
  root = await app.signIn('root')
  await app.collection('todos', { title: 'string' })
})
afterAll(() => app?.close())

describe('answers that depend on who asks', () => {
  it.each([
    ['GET', '/api/todos:list'],
    ['GET', '/api/todos:get/999'],
    ['POST', '/api/todos:create'],
    ['GET', '/api/nothing:list'],
    ['GET', '/api/auth:check'],
    ['GET', '/nowhere'],
  ])('%s %s is kept by no shared cache, and names every header that counts', async (method, path) => {
    for (const token of [undefined, root, 'wrong']) {
      const { headers } = await app.request(method, path, token === undefined ? {} : { token })
      expect(headers['cache-control']).toBe('private, no-store')
      for (const name of ['authorization', 'x-undb-api-token', 'x-badge', 'x-role', 'x-space', 'origin']) {
        expect(headers['vary']?.split(', ')).toContain(name)
      }
    }
  })
})

describe('what went wrong with a plugin', () => {
  it('is told to nobody in particular, and to those who may know without secrets', async () => {
    await expect(app.application.plugins.enable('failing', 'test')).rejects.toThrow()
    expect((await app.request('GET', '/healthz')).text).not.toMatch(/hunter2|srv|reach/)
    const { text } = await app.request('GET', '/api/plugins:list', { token: root })
    expect(text).toContain('cannot reach')
    expect(text).not.toContain('hunter2')
  })
})
