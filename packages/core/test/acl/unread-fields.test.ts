import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { badge } from '../badge-plugin.js'
import { countRows, outcome, post } from '../calls.js'

let app: TestApp

const secret = 'rum-4711'

beforeAll(async () => {
  app = await createTestApp({ plugins: [badge] })
  await app.collection('clubs', { name: 'string' })
  await app.collection('notes', {
    title: 'string',
    secret: 'string',
    status: 'string',
    club: { type: 'belongsTo', target: 'clubs' },
  })
  const root = await app.signIn('root')
  await post(app, 'clubs:create', root, { name: secret })
  await post(app, 'notes:create', root, [
    { title: 'a', secret, clubId: 1 },
    { title: 'b', secret: 'tea-0815' },
  ])
  await app.grant('writer', 'notes', ['create', 'update', 'updateOrCreate', 'destroy'], { fields: ['title', 'status'] })
  await app.grant('half', 'notes', ['update', 'destroy'])
  await app.grant('half', 'notes', ['list', 'get'], { fields: ['title', 'status'], where: { title: 'a' } })
  await app.grant('foreign', 'notes', ['update', 'destroy'])
  await app.grant('foreign', 'notes', ['list', 'get'], { where: { status: 'nobody has it' } })
  await app.grant('free', 'notes', ['*'])
})
afterAll(() => app?.close())

/** As somebody with a role, or with one and scopes: `free notes:update`. */
const as = (who: string, path: string, body: unknown = {}): Promise<TestResponse> =>
  post(app, path, undefined, body, { 'X-Badge': who })
const filtered = (path: string, filter: object): string =>
  `${path}?filter=${encodeURIComponent(JSON.stringify(filter))}`

describe('an answer to a write', () => {
  it.each([
    ['notes:update/1?blacklist=secret', 'writer'],
    ['notes:update/1?whitelist=title', 'writer'],
    ['notes:update/1?whitelist=status&blacklist=secret', 'half'],
    ['notes:update/1?blacklist=secret', 'free notes:update'],
    ['notes:updateOrCreate?filterKeys=title&blacklist=secret', 'writer'],
    ['notes:updateOrCreate?filterKeys=title&whitelist=title', 'free notes:updateOrCreate'],
  ])('%s as %s shows no member that was left out of what is written', async (path, who) => {
    const answer = await as(who, path, { title: 'a', secret: 1 })
    expect(outcome(answer)).toBe('200')
    expect(answer.text).not.toContain(secret)
  })

  it('shows whoever may not read what was admitted, and which record it is', async () => {
    const { body } = await as('writer', 'notes:create?blacklist=secret', { title: 'new', secret: 'x' })
    expect(body.data).toEqual({ id: expect.any(Number), title: 'new' })
    await as('free', `notes:destroy/${String(body.data.id)}`)
  })
})

describe('the filter of a write', () => {
  /** The same condition on the hidden value, once right and once wrong. */
  const guesses = (start: string): readonly object[] => [
    { secret: { $startsWith: start } },
    { $not: { secret: { $notStartsWith: start } } },
    { $or: [{ secret: { $startsWith: start } }] },
    { 'club.name': { $startsWith: start } },
    { club: { name: { $startsWith: start } } },
  ]
  const actions = ['notes:update/1', 'notes:update', 'notes:destroy/1', 'notes:destroy']
  const callers = ['writer', 'half', 'foreign', 'free notes:update notes:destroy']

  it.each(callers.flatMap((who) => actions.map((path) => [who, path] as const)))(
    'tells %s nothing of what he may not read: %s',
    async (who, path) => {
      const wrong = guesses('tea')
      for (const [index, right] of guesses('rum').entries()) {
        const before = await as(who, filtered(path, right), { status: 'x' })
        const after = await as(who, filtered(path, wrong[index] ?? {}), { status: 'x' })
        expect([before.status, before.text]).toEqual([after.status, after.text])
      }
      expect(await countRows(app, 'notes')).toBe(2)
    },
  )

  it('finds by what may be read', async () => {
    expect((await as('half', filtered('notes:update', { title: { $ne: null } }), { status: 'y' })).body.data).toEqual([
      { id: 1, title: 'a', status: 'y' },
    ])
    expect((await as('free', filtered('notes:update', { secret }), { status: 'z' })).body.data).toHaveLength(1)
  })

  it('by the key alone, for whoever may read nothing', async () => {
    expect(outcome(await as('writer', filtered('notes:update', { id: 1 }), { status: 'y' }))).toBe('200')
    expect(outcome(await as('writer', filtered('notes:update', { title: 'a' }), { status: 'y' }))).toBe(
      '403 NO_PERMISSION',
    )
  })
})
