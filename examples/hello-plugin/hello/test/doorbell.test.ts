import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import plugin from '../src/index.js'

const secret = 'a secret for the door'

let app: TestApp
let second: TestApp

beforeAll(async () => {
  app = await createTestApp({ availablePlugins: [plugin] })
  await app.application.plugins.enable('hello', 'test', { secret })
  second = await createTestApp({ plugins: [plugin], database: app.database })
})
afterAll(async () => {
  await second?.close()
  await app?.close()
})

const ring = (headers: Record<string, string>) => app.request('POST', '/api/hello:ring', { headers })

describe('200 with the secret', () => {
  it('rings on every node', async () => {
    expect((await ring({ 'X-Doorbell': secret })).status).toBe(200)
    expect((await app.request('GET', '/hello/rings')).body).toEqual({ rings: 1 })
    expect((await second.request('GET', '/hello/rings')).body).toEqual({ rings: 1 })
  })
})

describe('without it', () => {
  it('401 for another secret, and for none', async () => {
    expect((await ring({ 'X-Doorbell': 'another secret' })).status).toBe(401)
    expect((await ring({})).status).toBe(401)
  })

  it('400 for two credentials at once', async () => {
    const Authorization = `Bearer ${await app.signIn('root')}`
    expect((await ring({ 'X-Doorbell': secret, Authorization })).status).toBe(400)
  })

  it('403 for whoever stands at the door and wants more', async () => {
    const { status } = await app.request('GET', '/api/greetings:list', { headers: { 'X-Doorbell': secret } })
    expect(status).toBe(403)
  })
})
