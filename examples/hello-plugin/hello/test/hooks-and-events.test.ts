import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { silentLogger, type Logger } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import plugin, { greetings } from '../src/index.js'

const told: unknown[] = []
const log: Logger = { ...silentLogger, info: (fields: unknown) => void told.push(fields), child: () => log }

let app: TestApp

beforeAll(async () => {
  app = await createTestApp({ plugins: [plugin], log })
})
afterAll(() => app?.close())

const create = async (body: unknown) =>
  app.request('POST', '/api/greetings:create', { token: await app.signIn('root'), body })

describe('a hook', () => {
  it('refuses one greeting, and with it the whole list', async () => {
    const refused = await create([
      { name: 'Ann', words: 'Good day' },
      { name: 'world', words: 'Good night' },
    ])
    expect(refused.status).toBe(400)
    expect(refused.body.errors).toEqual([{ code: 'HELLO_NOBODY', message: 'Nobody is called "world"', path: '1' }])
    expect(await app.application.db.repository(greetings).count()).toBe(0)
    expect(told).not.toContainEqual(expect.objectContaining({ ids: expect.anything() }))
  })
})

describe('an event', () => {
  it('comes when the greeting is written', async () => {
    const { id } = (await create({ name: 'Ann', words: 'Good day' })).body.data
    expect(told).toContainEqual({ ids: [id], by: 1 })
  })
})
