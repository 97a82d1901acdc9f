import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { definePlugin, defineAction } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import { post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'
import { fillLeague, makeLeague } from './league.js'

let app: TestApp
let root: string

/** Lists goals in its own way, and keeps everybody from one club. */
const referee = definePlugin({
  name: 'referee',
  setup: ({ resources, acl }) => {
    resources.define('goals', { list: defineAction({ summary: 'Own list', reads: true, run: () => [] }) })
    acl.restrict((_principal, resource) => (resource === 'clubs' ? { where: { id: { $ne: 2 } } } : undefined))
  },
})

beforeAll(async () => {
  app = await createTestApp({ availablePlugins: [referee] })
  root = await app.signIn('root')
  await makeLeague(app, root)
  await fillLeague(app, root)
})
afterAll(() => app?.close())

interface Limits {
  readonly fields?: readonly string[]
  readonly where?: Readonly<Record<string, unknown>>
}
let users = 0
/** Somebody who may list some collections, within limits. */
async function whoMay(grants: Readonly<Record<string, Limits>>): Promise<string> {
  const role = `role${++users}`
  for (const [resource, limits] of Object.entries(grants)) await app.grant(role, resource, ['list'], limits)
  return (await app.user(role, { roles: [role] })).token
}
const list = (collection: string, token: string, filter: unknown) =>
  post(app, `${collection}:list`, token, { filter, sort: 'id', fields: ['id'] })
async function ids(collection: string, token: string, filter: unknown): Promise<number[]> {
  const { status, text, body } = await list(collection, token, filter)
  expect([filter, status, text]).toEqual([filter, 200, text])
  const found = body.data.map(({ id }: { id: number }) => id)
  expect(body.meta.count).toBe(found.length)
  return found
}

describe('403 where the caller may not list the target', () => {
  it.each<[unknown, string]>([
    [{ club: { name: 'Red' } }, 'filter.club'],
    [{ 'club.name': 'Red' }, 'filter.club'],
    [{ club: { $exists: true } }, 'filter.club'],
    [{ club: null }, 'filter.club'],
    [{ $not: { 'club.id': 1 } }, 'filter.$not.club'],
    [{ mentor: { club: { name: 'Red' } } }, 'filter.mentor.club'],
    [{ $or: [{ name: 'x' }, { 'mentor.club.nothing': 1 }] }, 'filter.$or.1.mentor.club'],
  ])('%j', async (filter, path) => {
    const token = await whoMay({ players: {} })
    expectRefusal(await list('players', token, filter), '403 NO_PERMISSION', path)
  })

  it('also of whom nobody knows', async () => {
    await app.grant('anonymous', 'matches', ['list'])
    const answer = await post(app, 'matches:list', undefined, { filter: { goals: { minute: 1 } } })
    expectRefusal(answer, '403 NO_PERMISSION', 'filter.goals')
  })
})

describe('fields behind a relation', () => {
  it('that may not be read are refused, whatever is in them', async () => {
    const token = await whoMay({ players: {}, clubs: { fields: ['name'] } })
    expect(await ids('players', token, { 'club.name': 'Red' })).toEqual([1, 2])
    for (const tags of [['old'], ['new']]) {
      expectRefusal(await list('players', token, { club: { tags } }), '403 NO_PERMISSION', 'filter.club.tags')
    }
    expectRefusal(await list('players', token, { 'club.tags': { $exists: true } }), '403 NO_PERMISSION')
    const answers = await Promise.all(
      ['1', '2'].map((digit) => list('players', token, { 'club.safe': { $startsWith: digit } })),
    )
    for (const answer of answers) expectRefusal(answer, '400 INVALID_FILTER', 'filter.club.safe')
    expect(answers[0]?.text).toBe(answers[1]?.text)
  })

  it('passwords too, for root as well, in filters and orders alike', async () => {
    const owner = { name: 'owner', type: 'belongsTo', target: 'users' }
    expect((await post(app, 'collections:create', root, { name: 'pets', fields: [owner] })).status).toBe(200)
    await post(app, 'pets:create', root, { ownerId: 1 })
    const bodies = [{ sort: 'owner.password' }, { fields: ['owner.password'] }]
    for (const operator of ['$startsWith', '$includes', '$eq', '$ne', '$gt', '$exists', '$notExists', '$empty']) {
      for (const operand of ['$', 'scrypt', true]) {
        const filters = [
          { 'owner.password': { [operator]: operand } },
          { owner: { password: { [operator]: operand } } },
        ]
        for (const filter of filters) {
          expectRefusal(await post(app, 'pets:list', root, { filter }), '400 INVALID_FILTER', 'filter.owner.password')
        }
      }
    }
    for (const body of bodies) expectRefusal(await post(app, 'pets:list', root, body), /^400 INVALID_(SORT|FIELDS) /)
  })

  it('relations too: those that the grant names', async () => {
    const token = await whoMay({ players: { fields: ['name', 'mentor'] }, clubs: {} })
    expect(await ids('players', token, { 'mentor.name': 'Ann' })).toEqual([2, 3])
    expectRefusal(await list('players', token, { 'club.name': 'Red' }), '403 NO_PERMISSION', 'filter.club')
    expectRefusal(
      await list('players', token, { 'mentor.club.name': 'Red' }),
      '403 NO_PERMISSION',
      'filter.mentor.club',
    )
    expectRefusal(await list('players', token, { 'mentor.wage': 10 }), '403 NO_PERMISSION', 'filter.mentor.wage')
  })

  it('no name is told that the caller may not know', async () => {
    const token = await whoMay({ players: { fields: ['name'] }, clubs: { fields: ['name'] } })
    for (const name of ['clu', 'menter', 'wages']) {
      expect((await list('players', token, { [name]: 1 })).text).not.toContain('did you mean')
    }
    const { text } = await list('players', await whoMay({ players: {}, clubs: { fields: ['name'] } }), {
      'club.taggs': 1,
    })
    expect(text).not.toContain('did you mean')
  })
})

describe('rows behind a relation', () => {
  it('that the caller may not see are not there', async () => {
    const token = await whoMay({ players: {}, clubs: { where: { name: 'Red' } }, matches: {} })
    expect(await ids('players', token, { club: { id: { $gt: 0 } } })).toEqual([1, 2])
    expect(await ids('players', token, { 'club.name': 'Blue' })).toEqual([])
    expect(await ids('players', token, { club: { $exists: true } })).toEqual([1, 2])
    expect(await ids('players', token, { club: { $notExists: true } })).toEqual([3, 4, 5])
    expect(await ids('players', token, { club: null })).toEqual([3, 4, 5])
    expect(await ids('players', token, { $not: { 'club.name': 'Blue' } })).toEqual([1, 2, 3, 4, 5])
    expect(await ids('matches', token, { players: { club: { $exists: true } } })).toEqual([1])
  })

  it('rules may go by related records themselves', async () => {
    const token = await whoMay({
      players: { where: { 'club.name': 'Red' } },
      goals: { where: { player: { club: { name: 'Red' }, mentor: { $notExists: true } } } },
      matches: {},
    })
    expect(await ids('players', token, {})).toEqual([1, 2])
    expect(await ids('goals', token, {})).toEqual([1, 2])
    expect(await ids('matches', token, { players: { name: 'Cid' } })).toEqual([])
    expect(await ids('matches', token, { goals: { minute: { $gt: 0 } } })).toEqual([1])
    expect(await ids('goals', token, { player: { name: 'Bob' } })).toEqual([])
  })

  it('a rule with a mistake in it is refused when it is made', async () => {
    for (const where of [{ 'club.nothing': 1 }, { nothing: { id: 1 } }, { 'club.safe': '1' }, { club: 1 }]) {
      const grant = { role: 'member', resource: 'players', actions: ['list'], where }
      expect((await post(app, 'grants:create', root, grant)).status).toBe(400)
    }
  })

  it('and rules hold for writing by related records', async () => {
    const role = `role${++users}`
    await app.grant(role, 'players', ['update', 'list', 'destroy'], { where: { 'club.name': 'Red' } })
    const { token } = await app.user(role, { roles: [role] })
    expect((await post(app, 'players:update/2', token, { wage: 20 })).status).toBe(200)
    expectRefusal(await post(app, 'players:update/3', token, { wage: 0 }), '404 NOT_FOUND')
    expectRefusal(await post(app, 'players:destroy/3', token), '404 NOT_FOUND')
    // Nobody writes himself out of his rules.
    expectRefusal(await post(app, 'players:update/2', token, { clubId: 2 }), '403 NO_PERMISSION')
    expect((await list('players', root, { id: 2, clubId: 1 })).body.meta.count).toBe(1)
    const filter = encodeURIComponent(JSON.stringify({ 'mentor.name': 'Ann' }))
    const { body } = await post(app, `players:update?filter=${filter}`, token, { wage: 22 })
    expect(body.data.map(({ id }: { id: number }) => id)).toEqual([2])
  })
})

describe('plugins', () => {
  it('restrict what is seen behind a relation, and nobody sees past a list of their own', async () => {
    const filter = { club: { id: { $gt: 0 } } }
    const goals = { goals: { minute: { $gt: 0 } } }
    expect(await ids('players', root, filter)).toEqual([1, 2, 3, 4])
    expect(await ids('matches', root, goals)).toEqual([1, 2])
    await app.application.plugins.enable('referee', 'test')
    expect(await ids('players', await whoMay({ players: {}, clubs: {} }), filter)).toEqual([1, 2, 4])
    expectRefusal(await list('matches', root, goals), '403 NO_PERMISSION', 'filter.goals')
    expectRefusal(await post(app, 'matches:list', root, { appends: ['goals'] }), '403 NO_PERMISSION', 'appends')
    await app.application.plugins.disable('referee', 'test')
    expect(await ids('matches', root, goals)).toEqual([1, 2])
  })
})
