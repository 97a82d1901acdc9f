import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { definePlugin, type Restriction } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import { badge } from '../badge-plugin.js'
import { get, outcome, post } from '../calls.js'
import { logEntries } from './log-entries.js'

let current: (action: string) => Restriction | 'deny' | undefined = () => undefined
const asked: unknown[] = []
const narrow = definePlugin({
  name: 'narrow',
  setup: ({ acl }) =>
    acl.restrict((principal, resource, action) => {
      if (resource !== 'things') return undefined
      asked.push([principal.kind, resource, action])
      return principal.kind === 'badge' ? current(action) : undefined
    }),
})

const entries = logEntries()
let app: TestApp
beforeAll(async () => {
  app = await createTestApp({ plugins: [badge, narrow], log: entries.log })
  await app.collection('things', { title: 'string', space: 'string', note: 'string' })
  await app.grant('editor', 'things', ['*'])
  await app.grant('reader', 'things', ['list'], { fields: ['title', 'space'], where: { title: 'mine' } })
  for (const [title, space] of [
    ['mine', 'a'],
    ['mine', 'b'],
    ['other', 'a'],
  ])
    await app.as('root').call('things', 'create', { title, space, note: 'n' })
})
afterAll(() => app?.close())

const editor = { 'X-Badge': 'editor' }
const listed = async (headers: Record<string, string>) =>
  (await get(app, 'things:list', undefined, headers)).body.data.map(
    ({ title, space }: { title: string; space: string }) => `${title} ${space}`,
  )

/** What holds while a test runs. */
const during = async (restriction: Restriction | 'deny', work: () => Promise<void>, onlyFor?: string) => {
  current = (action) => (onlyFor === undefined || action === onlyFor ? restriction : undefined)
  await work().finally(() => (current = () => undefined))
}

describe('acl.restrict', () => {
  it('is asked who calls what, for whoever calls', async () => {
    asked.length = 0
    await get(app, 'things:list', undefined, editor)
    expect(asked).toContainEqual(['badge', 'things', 'list'])
  })

  it('‘deny’ is 403, for that action alone', () =>
    during(
      'deny',
      async () => {
        expect(outcome(await post(app, 'things:create', undefined, { title: 'x' }, editor))).toBe('403 NO_PERMISSION')
        expect(await listed(editor)).toHaveLength(3)
      },
      'create',
    ))

  it('`where` leaves fewer rows to read, change and delete', () =>
    during({ where: { space: 'a' } }, async () => {
      expect(await listed(editor)).toEqual(['mine a', 'other a'])
      expect(await listed({ 'X-Badge': 'reader' })).toEqual(['mine a'])
      expect(outcome(await post(app, 'things:update/2', undefined, { note: 'x' }, editor))).toBe('404 NOT_FOUND')
      expect(outcome(await post(app, 'things:destroy/2', undefined, {}, editor))).toBe('404 NOT_FOUND')
      // Nor can a row be written out of it.
      expect(outcome(await post(app, 'things:update/1', undefined, { space: 'b' }, editor))).toBe('403 NO_PERMISSION')
    }))

  it('`fields` leaves fewer fields, and gives none that were not granted', () =>
    during({ fields: ['title', 'note'] }, async () => {
      const [first] = (await get(app, 'things:list', undefined, editor)).body.data
      expect(first).toMatchObject({ title: 'mine', note: 'n' })
      expect(first).not.toHaveProperty('space')
      expect((await get(app, 'things:list', undefined, { 'X-Badge': 'reader' })).body.data[0]).not.toHaveProperty(
        'note',
      )
      expect(outcome(await post(app, 'things:update/1', undefined, { space: 'x' }, editor))).toBe('403 NO_PERMISSION')
    }))

  it('`values` are written whatever the caller sends', () =>
    during({ values: { space: 'mine' } }, async () => {
      const { body } = await post(app, 'things:create', undefined, { title: 'n', space: 'yours' }, editor)
      expect(body.data).toMatchObject({ title: 'n', space: 'mine' })
      const many = await post(app, 'things:create', undefined, [{ title: 'o' }, { title: 'p', space: 'z' }], editor)
      expect(many.body.data.map(({ space }: { space: string }) => space)).toEqual(['mine', 'mine'])
    }))

  it('does not touch others, and is gone when its plugin is off', async () => {
    current = () => 'deny'
    expect(await app.as('root').call('things', 'list')).not.toHaveLength(0)
    expect((await get(app, 'things:list', undefined, editor)).status).toBe(403)
    await app.application.plugins.disable('narrow', 'test')
    expect((await get(app, 'things:list', undefined, editor)).status).toBe(200)
    await app.application.plugins.enable('narrow', 'test')
    current = () => undefined
  })

  it('lets nobody through when it throws', async () => {
    current = () => {
      throw new Error('restriction boom')
    }
    const answer = await get(app, 'things:list', undefined, editor)
    expect(outcome(answer)).toBe('500 INTERNAL')
    expect(entries.with('restriction boom')).toHaveLength(1)
    current = () => undefined
  })
})
