import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { createTestApp, propertyRequests, type TestApp } from '@postern/testkit'
import { all, any, not, type Truth } from './truth.js'
import { patience } from '../property-patience.js'

const seed = Number(process.env['FILTER_SEED'] ?? Date.now() % 2 ** 31)

type List = readonly unknown[] | null
/** Members that are easily taken for each other. */
const member = fc.constantFrom<unknown>(
  ...['a', 'A', '1', 1, 0, true, null, '', '%', "'"],
  ...[[], ['a'], ['a', 'b'], {}, { a: 1 }, { a: 1, b: 2 }, { b: 2, a: 1 }, { a: [1] }, [{ a: 1 }]],
)
const members = fc.array(member, { maxLength: 4 })
const rowLists = fc.option(members, { freq: 6 })

/** Clones, because it also compares prototypes, and a list of fast-check's has that of another realm than one of ours. */
const isSame = (a: unknown, b: unknown): boolean => isDeepStrictEqual(structuredClone(a), structuredClone(b))
const has = (list: readonly unknown[], value: unknown): boolean => list.some((one) => isSame(one, value))
const known = (list: List, test: (list: readonly unknown[]) => boolean): Truth => (list === null ? null : test(list))

const match = (list: List, operand: readonly unknown[]): Truth =>
  known(list, (own) => own.every((one) => has(operand, one)) && operand.every((one) => has(own, one)))
const anyOf = (list: List, operand: readonly unknown[]): Truth =>
  operand.length === 0 ? false : known(list, (own) => operand.some((one) => has(own, one)))
const equal = (list: List, operand: readonly unknown[]): Truth => known(list, (own) => isSame(own, operand))

const tests: Readonly<Record<string, (list: List, operand: readonly unknown[]) => Truth>> = {
  $eq: equal,
  $ne: (list, operand) => equal(list, operand) !== true,
  $match: match,
  $notMatch: (list, operand) => not(match(list, operand)),
  $anyOf: anyOf,
  $noneOf: (list, operand) => anyOf(list, operand) !== true,
  $arrayEmpty: (list) => known(list, (own) => own.length === 0),
  $arrayNotEmpty: (list) => known(list, (own) => own.length > 0),
  $empty: (list) => list === null || list.length === 0,
  $notEmpty: (list) => list !== null && list.length > 0,
  $exists: (list) => list !== null,
  $notExists: (list) => list === null,
}

interface Question {
  readonly operator: string
  readonly operand: readonly unknown[]
  readonly isNot: boolean
}
const takesList = (operator: string): boolean => !/mpty|xists/.test(operator)
const question = fc.record({ operator: fc.constantFrom(...Object.keys(tests)), operand: members, isNot: fc.boolean() })

function filterFor({ operator, operand, isNot }: Question): object {
  const test = { list: { [operator]: takesList(operator) ? operand : true } }
  return isNot ? { $not: test } : test
}
function answerTo({ operator, operand, isNot }: Question, list: List): Truth {
  const truth = tests[operator]?.(list, operand) ?? null
  return isNot ? not(truth) : truth
}

let app: TestApp
let rows: { readonly id: number; readonly list: List }[]

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('samples', { list: 'array' })
  await app.grant('anonymous', 'samples', ['list'])
  const made = fc.sample(rowLists, { numRuns: 60, seed })
  rows = await app.as('root').call(
    'samples',
    'create',
    made.map((list) => ({ list })),
  )
})
afterAll(() => app?.close())

it(
  `finds exactly the lists that a filter means (FILTER_SEED=${seed})`,
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 3 }), fc.boolean(), async (questions, isAny) => {
        const filter = { [isAny ? '$or' : '$and']: questions.map(filterFor) }
        const body = { filter, fields: ['id'], pageSize: 1000 }
        const answer = await app.request('POST', '/api/samples:list', { body })
        expect([answer.status, answer.text]).toEqual([200, answer.text])
        const combine = isAny ? any : all
        const expected = rows.filter(({ list }) => combine(questions.map((one) => answerTo(one, list))) === true)
        expect(answer.body.data).toEqual(expected.map(({ id }) => ({ id })))
      }),
      { seed, numRuns: propertyRequests() },
    )
  },
  patience,
)
