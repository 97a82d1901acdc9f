import { afterAll, beforeAll, expect, it } from '@jest/globals'
import fc, { type Arbitrary } from 'fast-check'
import { createTestApp, propertyRequests, type TestApp } from '@postern/testkit'
import { post } from '../calls.js'
import { all, any, not, type Truth } from './truth.js'
import { patience } from '../property-patience.js'

const seed = Number(process.env['FILTER_SEED'] ?? Date.now() % 2 ** 31)
const count = 25

interface Person {
  readonly id: number
  readonly age: number | null
  readonly name: string | null
  readonly bossId: number | null
  readonly friends: readonly number[]
}
const nullable = <T>(arbitrary: Arbitrary<T>): Arbitrary<T | null> => fc.option(arbitrary, { freq: 4 })
const person = fc.record({
  age: nullable(fc.nat(3)),
  name: nullable(fc.constantFrom('a', 'b')),
  bossId: nullable(fc.integer({ min: 1, max: count })),
  friends: fc.uniqueArray(fc.integer({ min: 1, max: count }), { maxLength: 3 }),
})

type Relation = 'boss' | 'team' | 'friends' | 'friendOf'
type Filter = Readonly<Record<string, unknown>>
const relations: readonly Relation[] = ['boss', 'team', 'friends', 'friendOf']

let people: readonly Person[] = []
const behind: Readonly<Record<Relation, (person: Person) => readonly Person[]>> = {
  boss: ({ bossId }) => people.filter(({ id }) => id === bossId),
  team: ({ id }) => people.filter(({ bossId }) => bossId === id),
  friends: ({ friends }) => people.filter(({ id }) => friends.includes(id)),
  friendOf: ({ id }) => people.filter(({ friends }) => friends.includes(id)),
}

const fieldTest: Arbitrary<Filter> = fc.oneof(
  fc
    .constantFrom('$eq', '$ne', '$gt', '$lte')
    .chain((operator) => fc.nat(3).map((age) => ({ age: { [operator]: age } }))),
  fc.constantFrom<Filter>({ name: 'a' }, { name: null }, { name: ['b', null] }, { name: { $ne: 'b' } }),
)
/** As people write it: nested, or with the members of the inner object after a point. */
const spelt = (relation: Relation, inner: Filter, isDotted: boolean): Filter =>
  isDotted && Object.keys(inner).every((key) => !key.startsWith('$'))
    ? Object.fromEntries(Object.entries(inner).map(([key, value]) => [`${relation}.${key}`, value]))
    : { [relation]: inner }
const presence = fc
  .tuple(fc.constantFrom(...relations), fc.constantFrom('$exists', '$notExists'))
  .map(([relation, operator]): Filter => ({ [relation]: { [operator]: true } }))

const arbitraryFilter = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    fieldTest,
    presence,
    fc.tuple(fc.constantFrom(...relations), tie('filter'), fc.boolean()).map((parts) => spelt(...parts)),
    fc.tuple(fieldTest, tie('filter')).map(([a, b]): Filter => ({ ...a, ...b })),
    fc.array(tie('filter'), { minLength: 1, maxLength: 2 }).map((branches): Filter => ({ $or: branches })),
    fc.array(tie('filter'), { maxLength: 2 }).map((branches): Filter => ({ $and: branches })),
    tie('filter').map((inner): Filter => ({ $not: inner })),
  ),
})).filter

const isFilter = (value: unknown): value is Filter =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const asFilter = (value: unknown): Filter => (isFilter(value) ? value : {})
const isRelation = (name: string): name is Relation => relations.some((relation) => relation === name)

function compare(value: number | string | null, operator: string, operand: unknown): Truth {
  if (operator === '$ne') return value !== operand
  if (operand === null) return value === null
  if (Array.isArray(operand)) return value === null ? operand.includes(null) || null : operand.includes(value)
  if (value === null) return null
  if (operator === '$gt') return Number(value) > Number(operand)
  return operator === '$lte' ? Number(value) <= Number(operand) : value === operand
}

function fieldTruth(value: number | string | null, condition: unknown): Truth {
  if (!isFilter(condition)) return compare(value, '$eq', condition)
  return all(Object.entries(condition).map(([operator, operand]) => compare(value, operator, operand)))
}

/** The members about one relation belong together: they are about one record. */
function grouped(filter: Filter): ReadonlyMap<Relation, Filter[]> {
  const groups = new Map<Relation, Filter[]>()
  for (const [key, value] of Object.entries(filter)) {
    const [name = '', ...rest] = key.split('.')
    if (!isRelation(name)) continue
    const inner = rest.length === 0 ? asFilter(value) : { [rest.join('.')]: value }
    groups.set(name, [...(groups.get(name) ?? []), inner])
  }
  return groups
}

function relationTruth(relation: Relation, inners: readonly Filter[], one: Person): Truth {
  const found = behind[relation](one)
  const asked = inners.flatMap((inner) => Object.keys(inner))
  if (asked.includes('$notExists')) return found.length === 0
  if (asked.includes('$exists')) return found.length > 0
  return found.some((other) => isMatch(together(inners), other) === true)
}
/** One object of several; what two of them say under one name is said by branches. */
const together = (inners: readonly Filter[]): Filter => Object.assign({}, ...inners)

function isMatch(filter: Filter, one: Person): Truth {
  const truths = Object.entries(filter).map(([key, value]): Truth => {
    const branches = Array.isArray(value) ? value.map(asFilter) : []
    if (key === '$and') return all(branches.map((branch) => isMatch(branch, one)))
    if (key === '$or') return any(branches.map((branch) => isMatch(branch, one)))
    if (key === '$not') return not(isMatch(asFilter(value), one))
    if (key === 'age') return fieldTruth(one.age, value)
    return key === 'name' ? fieldTruth(one.name, value) : true
  })
  return all([...truths, ...[...grouped(filter)].map(([relation, inners]) => relationTruth(relation, inners, one))])
}

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
  const root = await app.signIn('root')
  await app.collection('people', { name: 'string', age: 'integer' })
  const relate = async (field: object): Promise<void> => {
    const { status, text } = await post(app, 'collections/people/fields:create', root, field)
    expect([status, text]).toEqual([200, text])
  }
  await relate({ name: 'boss', type: 'belongsTo', target: 'people' })
  await relate({ name: 'team', type: 'hasMany', target: 'people', foreignKey: 'bossId' })
  const link = { type: 'belongsToMany', target: 'people', through: 'friendships' }
  await relate({ ...link, name: 'friends', foreignKey: 'fromId', otherKey: 'toId' })
  await relate({ ...link, name: 'friendOf', foreignKey: 'toId', otherKey: 'fromId' })
  people = fc.sample(person, { numRuns: count, seed }).map((values, index) => ({ id: index + 1, ...values }))
  await post(
    app,
    'people:create',
    root,
    people.map(({ name, age }) => ({ name, age })),
  )
  for (const { id, bossId } of people) if (bossId !== null) await post(app, `people:update/${id}`, root, { bossId })
  const links = people.flatMap(({ id, friends }) => friends.map((toId) => ({ fromId: id, toId })))
  expect((await post(app, 'friendships:create', root, links)).status).toBe(200)
  await app.grant('anonymous', 'people', ['list'])
})
afterAll(() => app?.close())

it(
  `finds exactly whom a filter means, whatever is behind them (FILTER_SEED=${seed})`,
  async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryFilter, async (filter) => {
        const answer = await post(app, 'people:list', undefined, { filter, fields: ['id'], pageSize: 1000 })
        expect([answer.status, answer.text]).toEqual([200, answer.text])
        const expected = people.filter((one) => isMatch(filter, one) === true).map(({ id }) => id)
        expect(answer.body.data.map(({ id }: { id: number }) => id)).toEqual(expected)
        expect(answer.body.meta.count).toBe(expected.length)
      }),
      { seed, numRuns: propertyRequests() },
    )
  },
  patience,
)
