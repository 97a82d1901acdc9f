import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { fillLeague, makeLeague } from './league.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
  await makeLeague(app, root)
  await fillLeague(app, root)
})
afterAll(() => app?.close())

async function query(collection: string, input: object, token = root) {
  const { status, text, body } = await post(app, `${collection}:query`, token, input)
  expect([status, text]).toEqual([200, text])
  return body.data
}

describe('query through relations that lead to one', () => {
  it('groups by a field behind one, under its whole name', async () => {
    expect(
      await query('players', {
        dimensions: [{ field: 'club.name' }],
        measures: [{ aggregation: 'count' }, { field: 'wage', aggregation: 'sum', alias: 'wages' }],
        orders: [{ field: 'club.name' }],
      }),
    ).toEqual([
      { 'club.name': 'Blue', count: 1, wages: 30 },
      { 'club.name': 'Red', count: 2, wages: 30 },
      { 'club.name': null, count: 2, wages: 50 },
    ])
  })

  it('also as a list of names, of several steps, with an alias', async () => {
    expect(
      await query('goals', {
        dimensions: [{ field: ['player', 'club', 'name'], alias: 'club' }],
        measures: [{ field: ['player', 'wage'], aggregation: 'max', alias: 'best' }, { aggregation: 'count' }],
        orders: [{ alias: 'best', order: 'desc' }],
      }),
    ).toEqual([
      { club: 'Blue', best: 30, count: 1 },
      { club: 'Red', best: 20, count: 3 },
      { club: null, best: null, count: 1 },
    ])
  })

  it('measures what is behind a hasOne and with distinct', async () => {
    expect(
      await query('players', {
        measures: [
          { field: 'profile.bio', aggregation: 'count', alias: 'bios' },
          { field: 'club.id', aggregation: 'count', distinct: true, alias: 'clubs' },
        ],
      }),
    ).toEqual([{ bios: 1, clubs: 3 }])
  })

  it('formats dates behind one in the zone of the caller', async () => {
    const input = {
      dimensions: [{ field: 'match.at', format: 'YYYY-MM-DD', alias: 'day' }],
      measures: [{ aggregation: 'count' }],
      filter: { 'match.at': { $exists: true } },
    }
    const { body } = await app.request('POST', '/api/goals:query', {
      token: root,
      headers: { 'X-Timezone': 'Europe/Berlin' },
      body: input,
    })
    expect(body).toEqual({
      data: [
        { day: '2026-05-07', count: 3 },
        { day: '2026-05-08', count: 2 },
      ],
    })
  })

  it('having and orders by the whole name, beside filters through relations', async () => {
    expect(
      await query('players', {
        dimensions: [{ field: 'club.name' }],
        measures: [{ field: 'wage', aggregation: 'avg' }],
        filter: { mentor: { name: 'Ann' } },
        having: { 'club.name': { $in: ['Red', 'Blue'] }, wage: { $gt: 20 } },
        orders: [{ field: 'club.name', order: 'desc' }],
      }),
    ).toEqual([{ 'club.name': 'Blue', wage: 30 }])
    const asked = 'dimensions=[{"field":"club.name"}]&measures=[]&having={"club.name":{"$includes":"e"}}'
    expect((await get(app, `players:query?${asked}`, root)).body.data).toEqual([
      { 'club.name': 'Blue' },
      { 'club.name': 'Red' },
    ])
  })

  it.each([
    ['clubs', 'players.name', '400 INVALID_VALUE'],
    ['players', 'club.nothing', '400 UNKNOWN_FIELD'],
    ['players', 'nothing.name', '400 UNKNOWN_FIELD'],
    ['players', 'club', '400 UNKNOWN_FIELD'],
    ['players', 'club.safe', '400 UNKNOWN_FIELD'],
    ['players', 'agency.name', '400 UNKNOWN_FIELD'],
    ['players', 'name.length', '400 UNKNOWN_FIELD'],
    ['players', '', '400 UNKNOWN_FIELD'],
    ['players', [], '400 INVALID_VALUE'],
    ['players', ['club', 1], '400 INVALID_VALUE'],
    ['players', ['__proto__', 'x'], '400 UNKNOWN_FIELD'],
    ['players', Array.from({ length: 12 }, () => 'mentor'), '400 INVALID_VALUE'],
  ])('%s by %j: %s', async (collection, field, expected) => {
    const answer = await post(app, `${collection}:query`, root, { dimensions: [{ field }] })
    expect(outcome(answer)).toBe(expected)
    expect(answer.body.errors[0].path).toBe('dimensions.0.field')
  })
})

describe('within what the caller may see behind them', () => {
  const input = { dimensions: [{ field: 'club.name' }], measures: [{ aggregation: 'count' }] }

  it('nothing without the right to list there', async () => {
    await app.grant('scout', 'players', ['query'])
    const { token } = await app.user('scout', { roles: ['scout'] })
    expect(outcome(await post(app, 'players:query', token, input))).toBe('403 NO_PERMISSION')
  })

  it('rows that he may not list are none, fields that he may not read are refused', async () => {
    await app.grant('agent', 'players', ['query'])
    await app.grant('agent', 'clubs', ['list'], { where: { name: 'Red' }, fields: ['id', 'name'] })
    const { token } = await app.user('agent', { roles: ['agent'] })
    expect(await query('players', { ...input, orders: [{ field: 'club.name' }] }, token)).toEqual([
      { 'club.name': 'Red', count: 2 },
      { 'club.name': null, count: 3 },
    ])
    const refused = await post(app, 'players:query', token, { dimensions: [{ field: 'club.tags' }] })
    expect(outcome(refused)).toBe('403 NO_PERMISSION')
  })
})
