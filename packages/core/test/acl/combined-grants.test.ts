import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { badge } from '../badge-plugin.js'
import { get, outcome, post } from '../calls.js'

let app: TestApp
let people = 0

beforeAll(async () => {
  app = await createTestApp({ plugins: [badge] })
  await app.collection('todos', { title: 'string', state: 'string', note: 'string' })
  for (const state of ['open', 'done', 'secret']) {
    await app.as('root').call('todos', 'create', { title: `a ${state} one`, state, note: `note on ${state}` })
  }
})
afterAll(() => app?.close())

interface Limits {
  readonly fields?: readonly string[]
  readonly where?: Readonly<Record<string, unknown>>
}
const open = { where: { state: 'open' } }
const done = { where: { state: 'done' } }

/** What somebody sees whose roles have these grants, one role for each inner list. */
async function seen(...roles: (readonly Limits[])[]): Promise<{ states: string[]; members: string[] }> {
  const number = ++people
  const names = roles.map((_grants, index) => `role-${number}-${index}`)
  for (const [index, limits] of roles.entries()) {
    for (const limit of limits) await app.grant(names[index] ?? '', 'todos', ['list'], limit)
  }
  const answer = await get(app, 'todos:list', undefined, { 'X-Badge': names.join(',') })
  expect(answer.status).toBe(200)
  const rows: { title: string }[] = answer.body.data
  const members = Object.keys(rows[0] ?? {}).filter((name) => ['title', 'state', 'note'].includes(name))
  return { states: rows.map(({ title }) => title.split(' ')[1] ?? '?'), members }
}

describe('grants of one role, and the same of several', () => {
  const cases: [string, readonly Limits[], { states: string[]; members: string[] }][] = [
    ['rows add up', [open, done], { states: ['open', 'done'], members: ['note', 'state', 'title'] }],
    ['all rows win over some', [open, {}], { states: ['open', 'done', 'secret'], members: ['note', 'state', 'title'] }],
    [
      'fields add up for the same rows',
      [{ fields: ['title'] }, { fields: ['note'] }],
      { states: ['open', 'done', 'secret'], members: ['note', 'title'] },
    ],
    [
      'all fields win over some, for the same rows',
      [{ fields: ['title'] }, {}],
      { states: ['open', 'done', 'secret'], members: ['note', 'state', 'title'] },
    ],
    [
      'for different rows only the common fields are shown',
      [
        { ...open, fields: ['title', 'note'] },
        { ...done, fields: ['title', 'state'] },
      ],
      { states: ['open', 'done'], members: ['title'] },
    ],
    [
      'what holds for every row holds for some too',
      [{ fields: ['title'] }, { ...open, fields: ['note'] }],
      { states: ['open', 'done', 'secret'], members: ['title'] },
    ],
    [
      'no row shows a field that its own grants do not',
      [{ fields: ['title'] }, open],
      { states: ['open', 'done', 'secret'], members: ['title'] },
    ],
  ]

  it.each(cases)('%s', async (_what, limits, expected) => {
    expect(await seen(limits)).toEqual(expected)
    expect(await seen(...limits.map((limit) => [limit]))).toEqual(expected)
    expect(await seen(...limits.toReversed().map((limit) => [limit]))).toEqual(expected)
  })

  it('a field that only some of the rows show cannot be filtered by', async () => {
    await app.grant('halves', 'todos', ['list'], { ...open, fields: ['title', 'note'] })
    await app.grant('halves', 'todos', ['list'], { ...done, fields: ['title'] })
    const { token } = await app.user('hal', { roles: ['halves'] })
    for (const query of ['filter={"note":{"$includes":"done"}}', 'sort=note', 'fields=note']) {
      expect(outcome(await get(app, `todos:list?${query}`, token))).toBe('403 NO_PERMISSION')
    }
  })
})

describe('grants of different actions', () => {
  it('do not lend each other rows or fields', async () => {
    await app.grant('clerk', 'todos', ['list', 'get'], open)
    await app.grant('clerk', 'todos', ['update'], { where: { state: 'done' }, fields: ['title'] })
    const { token } = await app.user('cleo', { roles: ['clerk'] })
    const rows = (await app.as('root').call('todos', 'list')) as { id: number; state: string }[]
    const idOf = (state: string) => rows.find((row) => row.state === state)?.id
    expect((await get(app, `todos:get/${idOf('done')}`, token)).status).toBe(404)
    expect((await post(app, `todos:update/${idOf('open')}`, token, { title: 'x' })).status).toBe(404)
    expect((await post(app, `todos:update/${idOf('done')}`, token, { note: 'x' })).status).toBe(403)
    expect((await post(app, `todos:update/${idOf('done')}`, token, { title: 'a done one' })).status).toBe(200)
  })
})

describe('what anybody may', () => {
  it('everybody may, beside what his roles allow', async () => {
    await app.grant('anonymous', 'todos', ['list'], open)
    expect((await get(app, 'todos:list')).body.meta.count).toBe(1)
    expect((await seen([done])).states).toEqual(['open', 'done'])
  })
})
