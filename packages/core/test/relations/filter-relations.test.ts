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

/** The ids that a filter finds; each is counted once. */
async function ids(collection: string, filter: unknown, headers?: Readonly<Record<string, string>>): Promise<number[]> {
  const { status, text, body } = await post(app, `${collection}:list`, root, { filter, sort: 'id' }, headers)
  expect([filter, status, text]).toEqual([filter, 200, text])
  const found = body.data.map(({ id }: { id: number }) => id)
  expect([filter, body.meta.count]).toEqual([filter, found.length])
  return found
}

describe('each kind of relation', () => {
  it.each<[string, string, unknown, number[]]>([
    ['belongsTo', 'players', { club: { name: 'Red' } }, [1, 2]],
    ['hasOne', 'players', { profile: { bio: { $includes: 'ann' } } }, [1]],
    ['hasMany', 'clubs', { players: { wage: { $gte: 20 } } }, [1, 2]],
    ['belongsToMany', 'matches', { players: { name: ['Ann', 'Bob'] } }, [1]],
    ['belongsToMany, from the other side', 'players', { matches: { id: 2 } }, [3]],
    ['to the collection itself', 'players', { mentor: { name: 'Ann' } }, [2, 3]],
    ['to the collection itself, to many', 'players', { students: { wage: 30 } }, [1]],
    ['to the collection itself, twice', 'players', { mentor: { mentor: { name: 'Ann' } } }, [4]],
    ['there and back', 'clubs', { players: { mentor: { club: { name: 'Red' } } } }, [1, 2, 3]],
    ['four deep', 'matches', { goals: { player: { mentor: { club: { name: 'Red' } } } } }, [1, 2]],
  ])('%s', async (_kind, collection, filter, found) => expect(await ids(collection, filter)).toEqual(found))
})

describe('dotted and nested are the same', () => {
  it.each<[string, unknown[], number[]]>([
    ['players', [{ 'club.name': 'Red' }, { club: { name: 'Red' } }, { 'club.name': { $eq: 'Red' } }], [1, 2]],
    [
      'players',
      [{ 'club.name.$eq': 'Red' }, { club: { 'name.$eq': 'Red' } }, { club: { name: { $eq: 'Red' } } }],
      [1, 2],
    ],
    [
      'matches',
      [{ 'goals.player.name': 'Bob' }, { goals: { 'player.name': 'Bob' } }, { 'goals.player': { name: 'Bob' } }],
      [1],
    ],
    ['players', [{ 'name.$startsWith': 'b' }, { name: { $startsWith: 'b' } }], [2]],
  ])('%s %j', async (collection, filters, found) => {
    for (const filter of filters) expect([filter, await ids(collection, filter)]).toEqual([filter, found])
  })

  it('in a query string too', async () => {
    for (const query of [
      'filter={"club.name":"Red"}',
      'filter[club][name]=Red',
      'filter[club.name]=Red',
      'filter[club][name][$in]=Red,Green',
      'filter[club.name][$startsWith]=re',
      'filter[club][id]=1',
      'filter[mentor][wage][$lt]=15&filter[club][id]=1',
    ]) {
      const { body, status } = await get(app, `players:list?fields=id&sort=id&${query}`, root)
      const found = query.includes('mentor') ? [2] : [1, 2]
      expect([query, status, body.data?.map(({ id }: { id: number }) => id)]).toEqual([query, 200, found])
    }
  })
})

describe('conditions of one object are about the same related record', () => {
  const one = [
    { goals: { kind: 'head', minute: 20 } },
    { 'goals.kind': 'head', 'goals.minute': 20 },
    { 'goals.kind': 'head', goals: { minute: 20 } },
    { goals: { $and: [{ kind: 'head' }, { minute: 20 }] } },
    { goals: { kind: 'foot', player: { name: 'Bob' } } },
    { 'goals.kind': 'foot', 'goals.player.name': 'Bob' },
    { 'goals.player.name': 'Bob', 'goals.player.club.name': 'Blue' },
  ]
  it.each(one)('%j', async (filter) => expect(await ids('matches', filter)).toEqual([]))

  it.each([
    { $and: [{ 'goals.kind': 'head' }, { 'goals.minute': 20 }] },
    { $and: [{ goals: { kind: 'foot' } }, { goals: { player: { name: 'Bob' } } }] },
    { goals: { kind: 'head', minute: 10 } },
    { 'goals.kind': 'head', 'goals.minute': { $gt: 15, $lt: 40 } },
  ])('two branches may be about two: %j', async (filter) => expect(await ids('matches', filter)).toEqual([1]))

  it('and inside them $or and $not too', async () => {
    expect(await ids('matches', { goals: { $or: [{ minute: 90 }, { kind: 'head', minute: 30 }] } })).toEqual([1, 2])
    expect(await ids('matches', { goals: { $not: { kind: 'foot' }, minute: 10 } })).toEqual([1])
    expect(await ids('matches', { goals: { minute: { $not: { $lt: 50 } } } })).toEqual([2])
  })
})

describe('$not is: no such related record', () => {
  it.each<[string, unknown, number[]]>([
    ['matches', { $not: { goals: { kind: 'head' } } }, [2, 3]],
    ['matches', { $not: { 'goals.kind': 'foot', 'goals.minute': 10 } }, [1, 3]],
    ['matches', { $not: { players: { name: 'Cid' } } }, [3]],
    ['players', { $not: { 'club.name': 'Red' } }, [3, 4, 5]],
    ['players', { $not: { mentor: { club: { name: 'Red' } } } }, [1, 5]],
    ['matches', { $or: [{ $not: { goals: { minute: { $gt: 0 } } } }, { 'goals.minute': 90 }] }, [2, 3]],
  ])('%s %j', async (collection, filter, found) => expect(await ids(collection, filter)).toEqual(found))
})

describe('presence and nulls', () => {
  it.each<[string, unknown, number[]]>([
    ['players', { club: { $exists: true } }, [1, 2, 3, 4]],
    ['players', { club: { $notExists: true } }, [5]],
    ['players', { club: null }, [5]],
    ['players', { club: { $notEmpty: true } }, [1, 2, 3, 4]],
    ['players', { club: { $empty: true } }, [5]],
    ['players', { 'club.$exists': 'true' }, [1, 2, 3, 4]],
    ['players', { 'club.name': { $exists: true } }, [1, 2, 3, 4]],
    ['players', { club: { name: { $exists: true } } }, [1, 2, 3, 4]],
    ['players', { 'club.name.$notExists': true }, [5]],
    ['players', { 'club.name': { $notExists: true } }, [5]],
    ['matches', { goals: { $exists: true } }, [1, 2]],
    ['matches', { goals: { $notExists: true } }, [3]],
    ['matches', { 'goals.id': { $notExists: true } }, [3]],
    ['matches', { players: { $exists: true } }, [1, 2]],
    ['matches', { players: { $notExists: true } }, [3]],
    ['matches', { goals: { player: { $notExists: true } } }, [2]],
    ['matches', { goals: { $exists: true, kind: 'head' } }, [1]],
    ['matches', { goals: { $notExists: true, kind: 'head' } }, []],
    ['matches', { 'goals.kind': { $exists: true, $startsWith: 'he' } }, [1]],
    ['players', { 'club.name': null }, [4]],
    ['players', { 'club.name': { $empty: true } }, [4]],
    ['players', { 'club.name': { $ne: 'Red' } }, [3, 4]],
    ['players', { 'club.name': { $notIn: ['Red'] } }, [3, 4]],
    ['players', { 'club.name': ['Blue', null] }, [3, 4]],
    ['players', { 'club.id': [] }, []],
    ['players', { clubId: null }, [5]],
  ])('%s %j', async (collection, filter, found) => expect(await ids(collection, filter)).toEqual(found))
})

describe('operators, variables and zones are the same behind a relation', () => {
  it.each<[string, unknown, number[]]>([
    ['players', { matches: { at: { $dateOn: '2026-05-06' } } }, [1, 2, 3]],
    ['goals', { 'player.born': { $dateBetween: ['1990', '1990-12'] } }, [1, 2]],
    ['players', { club: { tags: { $anyOf: ['old'] } } }, [1, 2]],
    ['players', { club: { tags: ['old'] } }, [1, 2]],
    ['players', { 'club.tags': { $arrayEmpty: true } }, [3]],
    ['players', { club: { createdById: '{{$user.id}}', id: { $lt: 3 } } }, [1, 2, 3]],
    ['players', { club: { createdAt: { $dateOn: '{{$nDate.today}}' } } }, [1, 2, 3, 4]],
  ])('%s %j', async (collection, filter, found) => expect(await ids(collection, filter)).toEqual(found))

  it('in the zone of the caller', async () => {
    const filter = { matches: { at: { $dateOn: '2026-05-07' } } }
    expect(await ids('players', filter)).toEqual([3])
    expect(await ids('players', filter, { 'X-Timezone': 'Europe/Berlin' })).toEqual([1, 2, 3])
  })
})

it.each(["' OR 1=1 --", '" OR ""="', '%', '_', '\\', '$1', "'); DROP TABLE clubs; --"])(
  'SQL in a value behind a relation is a value: %s',
  async (text) => {
    for (const operator of ['$eq', '$includes', '$startsWith', '$in', '$anyOf']) {
      const field = operator === '$anyOf' ? 'tags' : 'name'
      const operand = operator === '$in' || operator === '$anyOf' ? [text] : text
      expect(await ids('players', { [`club.${field}`]: { [operator]: operand } })).toEqual([])
    }
    expect(await ids('players', { 'club.name': { $ne: text } })).toEqual([1, 2, 3, 4])
  },
)

describe('get, update and destroy', () => {
  it('go by related records too', async () => {
    const first = await post(app, 'players:get', root, { filter: { 'club.name': 'Blue' }, fields: ['name'] })
    expect(first.body).toEqual({ data: { name: 'Cid' } })
    const filter = encodeURIComponent(JSON.stringify({ 'club.name': 'Red', mentor: { name: 'Ann' } }))
    const changed = await post(app, `players:update?filter=${filter}`, root, { wage: 21 })
    expect(changed.body.data.map(({ name, wage }: Record<string, unknown>) => [name, wage])).toEqual([['Bob', 21]])
    const made = await post(app, 'goals:create', root, [
      { matchId: 3, minute: 1 },
      { matchId: 3, minute: 2 },
    ])
    expect(made.status).toBe(200)
    const gone = encodeURIComponent(JSON.stringify({ match: { id: 3, players: { $notExists: true } } }))
    expect((await post(app, `goals:destroy?filter=${gone}`, root)).body).toEqual({ data: 2 })
    expect((await get(app, 'goals:list', root)).body.meta.count).toBe(5)
  })

  it('say nothing less than the table itself where it is one and the same', async () => {
    const filter = encodeURIComponent(JSON.stringify({ students: { students: { name: 'Dan' } } }))
    const { body } = await post(app, `players:update?filter=${filter}`, root, { wage: 11 })
    expect(body.data.map(({ id }: { id: number }) => id)).toEqual([1])
  })
})

describe('400 INVALID_FILTER', () => {
  const deep = (levels: number): object => (levels === 0 ? { name: 'x' } : { mentor: deep(levels - 1) })
  it.each<[unknown, string]>([
    [{ clubb: { name: 'x' } }, 'filter.clubb'],
    [{ 'clubb.name': 'x' }, 'filter.clubb.name'],
    [{ 'name.club': 'x' }, 'filter.name.club'],
    [{ club: { nam: 'x' } }, 'filter.club.nam'],
    [{ 'club.nam': 'x' }, 'filter.club.nam'],
    [{ club: { safe: '1234' } }, 'filter.club.safe'],
    [{ 'club.safe': { $startsWith: '1' } }, 'filter.club.safe'],
    [{ agency: { name: 'x' } }, 'filter.agency'],
    [{ agency: { $exists: true } }, 'filter.agency'],
    [{ club: 1 }, 'filter.club'],
    [{ club: 'Red' }, 'filter.club'],
    [{ club: [1] }, 'filter.club'],
    [{ club: {} }, 'filter.club'],
    [{ club: { $eq: 1 } }, 'filter.club.$eq'],
    [{ club: { $exists: false } }, 'filter.club.$exists'],
    [{ club: { name: { $exists: 0 } } }, 'filter.club.name.$exists'],
    [{ club: { $where: '1=1' } }, 'filter.club.$where'],
    [{ club: { $or: [] } }, 'filter.club.$or'],
    [{ club: { name: { $foo: 1 } } }, 'filter.club.name.$foo'],
    [{ club: { name: 1 } }, 'filter.club.name'],
    [{ 'club.': 'x' }, 'filter.club.'],
    [{ '.club': 'x' }, 'filter..club'],
    [{ 'club..name': 'x' }, 'filter.club..name'],
    [{ 'club.name" OR 1=1 --': 'x' }, 'filter.club.name" OR 1=1 --'],
    [{ 'club.constructor': 'x' }, 'filter.club.constructor'],
    [{ 'club.__proto__.x': 'x' }, 'filter.club.__proto__.x'],
    [{ constructor: { name: 'x' } }, 'filter.constructor'],
    [{ $or: [{ club: { $and: [{ nam: 1 }] } }] }, 'filter.$or.0.club.$and.0.nam'],
    [deep(10), 'filter'],
    [{ [`${'mentor.'.repeat(10)}name`]: 'x' }, 'filter'],
    [{ [`${'mentor.'.repeat(1000)}name`]: 'x' }, 'filter'],
    [{ club: { id: { $in: Array.from({ length: 501 }, (_, index) => index) } } }, 'filter'],
  ])('%j', async (filter, path) => {
    expectRefusal(await post(app, 'players:list', root, { filter }), '400 INVALID_FILTER', path)
  })

  it('not below the limit', async () => {
    expect(await ids('players', deep(9))).toEqual([])
    expect(await ids('players', { [`${'mentor.'.repeat(9)}name`]: 'x' })).toEqual([])
  })

  it('says what was probably meant', async () => {
    const { body } = await post(app, 'players:list', root, { filter: { clubs: { name: 'x' } } })
    expect(body.errors[0].message).toContain('did you mean "club"?')
  })
})
