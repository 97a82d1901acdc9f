import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'
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

async function order(collection: string, query: string, token = root): Promise<number[]> {
  const { status, text, body } = await get(app, `${collection}:list?${query}`, token)
  expect([query, status, text]).toEqual([query, 200, text])
  return body.data.map(({ id }: { id: number }) => id)
}

describe('an order through relations that lead to one', () => {
  // Clubs: 1 Red (Ann, Bob), 2 Blue (Cid), 3 without a name (Dan), none (Eve). Nulls are last, both ways.
  it.each([
    ['players', 'club.name', [3, 1, 2, 4, 5]],
    ['players', '-club.name', [1, 2, 3, 4, 5]],
    ['players', '-club.name,-wage', [2, 1, 3, 5, 4]],
    ['players', 'club.name,-name', [3, 2, 1, 5, 4]],
    ['players', '-club.id', [4, 3, 1, 2, 5]],
    ['players', 'profile.bio,-id', [1, 5, 4, 3, 2]],
    ['players', 'mentor.wage,mentor.name,-id', [3, 2, 4, 5, 1]],
    ['players', 'mentor.club.name,-id', [4, 3, 2, 5, 1]],
    ['players', '-mentor.mentor.name', [4, 1, 2, 3, 5]],
    ['goals', 'player.club.name,-minute', [4, 3, 2, 1, 5]],
    ['goals', '-match.at,player.name', [4, 5, 1, 2, 3]],
  ])('%s in the order of %s', async (collection, sort, ids) => {
    expect(await order(collection, `sort=${sort}`)).toEqual(ids)
    expect(await order(collection, `sort=${sort}&fields=id`)).toEqual(ids)
    expect(await order(collection, `sort=${sort}&paginate=false`)).toEqual(ids)
    const { body } = await post(app, `${collection}:list`, root, { sort: sort.split(',') })
    expect(body.data.map(({ id }: { id: number }) => id)).toEqual(ids)
  })

  it('beside filters, related records and fields', async () => {
    const { body } = await get(
      app,
      'players:list?sort=-club.name,-id&filter={"club.id":{"$lt":3},"wage":{"$gt":5}}&fields=name&appends=club',
      root,
    )
    expect(body.data.map(({ name, club }: { name: string; club: { name: string } }) => [name, club.name])).toEqual([
      ['Bob', 'Red'],
      ['Ann', 'Red'],
      ['Cid', 'Blue'],
    ])
    expect(Object.keys(body.data[0])).toEqual(['name', 'club'])
    expect(body.meta.count).toBe(3)
  })

  it('shows the columns of the collection, and no other', async () => {
    const [plain, sorted] = await Promise.all(
      ['id', 'club.name'].map((sort) => get(app, `players:list?sort=${sort}&count=false`, root)),
    )
    expect(Object.keys(sorted?.body.data[0])).toEqual(Object.keys(plain?.body.data[0]))
  })
})

describe('page by page', () => {
  it.each(['club.name', '-club.name,-wage', 'mentor.club.name', '-profile.bio'])('in the order of %s', async (sort) => {
    const whole = await order('players', `sort=${sort}`)
    expect([
      ...(await order('players', `sort=${sort}&pageSize=2`)),
      ...(await order('players', `sort=${sort}&pageSize=2&page=2`)),
      ...(await order('players', `sort=${sort}&pageSize=2&page=3`)),
    ]).toEqual(whole)
    const seen: number[] = []
    let after = ''
    do {
      const { body } = await get(app, `players:list?sort=${sort}&count=false&pageSize=1&fields=id${after}`, root)
      seen.push(...body.data.map(({ id }: { id: number }) => id))
      expect(body.data.flatMap(Object.keys)).toEqual(['id'])
      after = body.meta.nextCursor === undefined ? '' : `&after=${body.meta.nextCursor}`
    } while (after !== '' && seen.length < 10)
    expect(seen).toEqual(whole)
  })

  it('a cursor is good for its own order only', async () => {
    const { body } = await get(app, 'players:list?sort=club.name&count=false&pageSize=1', root)
    const after = `count=false&after=${body.meta.nextCursor}`
    expect((await get(app, `players:list?sort=club.name&${after}`, root)).status).toBe(200)
    for (const sort of ['mentor.name', '-club.name', 'club.id', 'name']) {
      expectRefusal(await get(app, `players:list?sort=${sort}&${after}`, root), '400 INVALID_PAGE', 'after')
    }
  })
})

it.each([
  'clubs:list?sort=players.name',
  'matches:list?sort=players.name',
  'players:list?sort=club',
  'players:list?sort=club.players',
  'players:list?sort=club.nothing',
  'players:list?sort=nothing.name',
  'players:list?sort=club.tags',
  'players:list?sort=club.safe',
  'players:list?sort=agency.name',
  'players:list?sort=club.',
  'players:list?sort=.name',
  'players:list?sort=club..name',
  'players:list?sort=name.club',
  'players:list?sort=club.name"',
  'players:list?sort=club.name;DROP%20TABLE%20players',
  'players:list?sort=constructor.name',
  `players:list?sort=${'mentor.'.repeat(11)}name`,
])('400 INVALID_SORT: %s', async (path) => expectRefusal(await get(app, path, root), '400 INVALID_SORT', 'sort'))

describe('rights', () => {
  const whoMay = async (role: string, grants: Readonly<Record<string, object>>): Promise<string> => {
    for (const [resource, limits] of Object.entries(grants)) await app.grant(role, resource, ['list'], limits)
    return (await app.user(role, { roles: [role] })).token
  }

  it('403 where the target may not be listed, its field not read, or the relation not followed', async () => {
    const blind = await whoMay('blind', { players: {} })
    expectRefusal(await get(app, 'players:list?sort=club.name', blind), '403 NO_PERMISSION', 'sort')
    const half = await whoMay('half', { players: { fields: ['name', 'club'] }, clubs: { fields: ['tags'] } })
    expectRefusal(await get(app, 'players:list?sort=club.name', half), '403 NO_PERMISSION', 'sort')
    expectRefusal(await get(app, 'players:list?sort=mentor.name', half), '403 NO_PERMISSION', 'sort')
    expect(await order('players', 'sort=-club.id', half)).toEqual([4, 3, 1, 2, 5])
  })

  it('what the caller may not see gives no order', async () => {
    const token = await whoMay('red', { players: {}, clubs: { where: { name: 'Red' } } })
    expect(await order('players', 'sort=-club.id,-id', token)).toEqual([2, 1, 5, 4, 3])
    expect(await order('players', 'sort=club.name,-id&filter={"wage":{"$gt":0}}', token)).toEqual([2, 1, 5, 3])
  })
})
