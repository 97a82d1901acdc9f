import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, expectCleanDisable, type TestApp } from '@postern/testkit'
import plugin from '../src/index.js'

let app: TestApp

beforeAll(async () => {
  app = await createTestApp({ plugins: [plugin] })
})
afterAll(() => app?.close())

describe('a note', () => {
  it('is written by any member, with its title trimmed', async () => {
    const { token } = await app.user('ann')
    const { status, body } = await app.request('POST', '/api/notes:create', { token, body: { title: ' Tea ' } })
    expect(status).toBe(200)
    expect(body.data).toMatchObject({ title: 'Tea', body: null, pinned: false })
  })

  it('can be pinned, but not too many of them', async () => {
    const pin = async (title: string) => {
      const { id } = await app.as('root').call('notes', 'create', { title })
      return app.as('root').call('notes', 'update', { pinned: true }, { key: id })
    }
    for (const title of ['a', 'b', 'c']) await pin(title)
    await expect(pin('d')).rejects.toMatchObject({ code: 'NOTES_TOO_MANY', status: 409 })
  })

  it('goes when it is old enough, unless it is pinned', async () => {
    app.clock.advance(31 * 86_400_000)
    const { deleted } = await app.as('root').call('notes', 'sweep')
    expect(deleted).toBeGreaterThan(0)
    expect(await app.as('root').call('notes', 'list', { fields: ['title'] })).toEqual(
      ['a', 'b', 'c'].map((title) => expect.objectContaining({ title })),
    )
  })
})

it('leaves nothing behind when it is switched off', () => expectCleanDisable(plugin))
