import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import pg from 'pg'
import { badge } from '../badge-plugin.js'
import { outcome, post } from '../calls.js'

let app: TestApp
let root: string

const salary = 90_000

beforeAll(async () => {
  app = await createTestApp({ plugins: [badge] })
  root = await app.signIn('root')
  await app.collection('people', { name: 'string' })
  await app.collection('staff', { salary: 'integer', desk: 'string' })
  const link = { type: 'belongsToMany', through: 'staff' }
  await app.collection('teams', {
    name: 'string',
    people: { ...link, target: 'people', foreignKey: 'teamId', otherKey: 'personId' },
  })
  await app.collection('tasks', { text: 'string', team: { type: 'belongsTo', target: 'teams' } })
  await post(app, 'collections/people/fields:create', root, {
    ...link,
    ...{ name: 'teams', target: 'teams', foreignKey: 'personId', otherKey: 'teamId' },
  })
  await post(app, 'collections/teams/fields:create', root, { name: 'tasks', type: 'hasMany', target: 'tasks' })
  await app.grant('reader', 'teams', ['list', 'get', 'create', 'update'])
  await app.grant('reader', 'people', ['list', 'get', 'create', 'update'])
  const more: readonly [string, string, string[], object?][] = [
    ['fielded', 'staff', ['list'], { fields: ['desk'] }],
    ['rowed', 'staff', ['list'], { where: { desk: 'none' } }],
    ['payer', 'staff', ['list', 'create', 'update']],
    ['linker', 'teams.people', ['add', 'set', 'remove', 'toggle']],
    ['adder', 'teams', ['add']],
    ['elsewhere', 'teams', ['add', 'set', 'remove'], { where: { name: 'other' } }],
    ['maker', 'teams.people', ['create']],
    ['desks', 'staff', ['create', 'update'], { fields: ['desk'] }],
    ['texts', 'tasks', ['create', 'list'], { fields: ['text'] }],
  ]
  for (const [role, resource, actions, limits] of more) await app.grant(role, resource, actions, limits)
})
afterAll(() => app?.close())

async function query(text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: app.database.url })
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}

beforeEach(async () => {
  await query('TRUNCATE people, staff, teams, tasks RESTART IDENTITY')
  await post(app, 'people:create', root, [{ name: 'ann' }, { name: 'bob' }])
  await post(app, 'teams:create', root, [{ name: 'one' }])
  await post(app, 'teams/1/people:set', root, [[1, { salary, desk: 'a' }]])
})

const as = (roles: string, path: string, body: unknown = {}): Promise<TestResponse> =>
  post(app, path, undefined, body, { 'X-Badge': roles.replaceAll('+', ',') })
const staff = async (): Promise<unknown[]> => [
  ...(await query('SELECT "personId"::int, salary, desk FROM staff ORDER BY "personId"')),
]

describe('what links say of themselves', () => {
  const ways = [
    'teams:get/1?appends=people',
    'teams:list?appends=people',
    'teams:list?fields=people.name',
    'people:get/1?appends=teams',
    'people:list?appends=teams.people',
    'teams/1/people:list',
    'teams/1/people:get/1',
    'people/1/teams:list',
  ]

  it.each(ways)('is not shown without the right to list them: %s', async (path) => {
    const answer = await as('reader', path)
    expect(outcome(answer)).toBe('200')
    expect(answer.text).not.toContain('staff')
    expect(answer.text).not.toContain(String(salary))
  })

  it.each(ways)('is shown within the fields and the rows of that right: %s', async (path) => {
    const fielded = await as('reader+fielded', path)
    expect(fielded.text).toContain('"staff":{')
    expect(fielded.text).toContain('"desk":"a"')
    expect(fielded.text).not.toContain(String(salary))
    expect((await as('reader+rowed', path)).text).toContain('"staff":null')
    expect((await as('reader+payer', path)).text).toContain(`"salary":${salary}`)
  })

  it.each([
    ['teams/1/people:add', [[1, { salary: 1 }]], 'linker'],
    ['teams/1/people:set', [[1, { salary: 1 }]], 'linker'],
    ['teams/1/people:add', [[2, { salary: 1 }]], 'linker'],
    ['teams/1/people:add', [[2, { desk: 'x', salary: 1 }]], 'linker+desks'],
    ['teams/1/people:add', [[1, { desk: 'x', salary: 1 }]], 'linker+desks'],
    ['teams:update/1', { people: [{ id: 1, staff: { salary: 1 } }] }, 'linker'],
    ['teams:create', { people: [{ id: 1, staff: { salary: 1 } }] }, 'linker'],
  ])('is not written without the right to their collection: %s %j as %s', async (path, body, roles) => {
    expect(outcome(await as(`reader+${roles}`, path, body))).toBe('403 NO_PERMISSION')
    expect(await staff()).toEqual([{ personId: 1, salary, desk: 'a' }])
  })

  it('is written with it', async () => {
    const roles = 'reader+linker+desks'
    expect(
      outcome(
        await as(roles, 'teams/1/people:add', [
          [1, { desk: 'b' }],
          [2, { desk: 'c' }],
        ]),
      ),
    ).toBe('200')
    expect(await staff()).toEqual([
      { personId: 1, salary, desk: 'b' },
      { personId: 2, salary: null, desk: 'c' },
    ])
  })
})

describe('whoever relates needs the right to relate', () => {
  const linked = async (): Promise<unknown[]> => (await staff()).map((row) => Reflect.get(Object(row), 'personId'))

  it.each([
    ['teams/1/people:add', [2]],
    ['teams/1/people:set', [2]],
    ['teams/1/people:toggle', [2]],
    ['teams/1/people:remove', [1]],
    ['teams/1/people:create', { name: 'mole' }],
    ['teams:update/1', { people: [1, 2] }],
    ['teams:update/1', { people: [] }],
    ['teams:create', { people: [2] }],
    ['teams:update/1?updateAssociationValues=people', { people: [1, { name: 'mole' }] }],
    ['people:update/2', { teams: [1] }],
  ])('%s %j', async (path, body) => {
    for (const roles of ['reader', 'reader+elsewhere', 'reader+payer']) {
      expect(outcome(await as(roles, path, body))).toMatch(/^40[34] /)
    }
    expect(await linked()).toEqual([1])
  })

  it.each([
    ['adder', 'teams/1/people:add', [2]],
    ['linker', 'teams/1/people:set', [1, 2]],
    ['adder', 'teams/1/people:create', { name: 'new' }],
    ['maker', 'teams/1/people:create', { name: 'new' }],
    ['adder', 'teams:update/1', { people: [1, 2] }],
    ['linker', 'teams:update/1', { people: [2] }],
    ['reader', 'teams:update/1', { people: [1] }],
  ])('with it, %s: %s %j', async (role, path, body) => {
    expect(outcome(await as(`reader+${role}`, path, body))).toBe('200')
  })

  it('a record below a parent has a key that its maker must be allowed to write', async () => {
    expect(outcome(await as('reader+texts', 'teams/1/tasks:create', { text: 'x' }))).toBe('403 NO_PERMISSION')
    expect(outcome(await as('reader+texts+adder', 'teams/1/tasks:create', { text: 'x' }))).toBe('200')
  })

  it('can be granted on the collection and on the relation, and be a scope', async () => {
    for (const action of ['add', 'set', 'remove', 'toggle']) {
      for (const resource of ['teams', 'tasks', 'teams.people']) {
        expect(outcome(await post(app, 'grants:create', root, { role: 'adder', resource, actions: [action] }))).toBe(
          '200',
        )
      }
    }
  })
})
