import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { operators } from '../../src/database/filter/operators.js'
import { fieldKinds } from '../../src/schema/f.js'
import { get, post } from '../calls.js'
import { filled, type Row } from './list-cases.js'
import { samples } from './operator-cases.js'

let app: TestApp

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('samples', {
    row: 'string',
    ...Object.fromEntries(samples.map(([kind, definition]) => [`${kind}Field`, definition])),
  })
  await app.grant('anonymous', 'samples', ['*'])
  const record = (row: Row) => ({
    row,
    ...Object.fromEntries(samples.map(([kind, , values]) => [`${kind}Field`, row === 'none' ? null : values[row]])),
  })
  const made = await post(app, 'samples:create', undefined, [...filled.map(record), record('none')])
  expect([made.status, made.text]).toEqual([200, made.text])
})
afterAll(() => app?.close())

type Answer = Awaited<ReturnType<typeof get>>
const rowsIn = (answer: Answer): readonly Row[] => {
  expect([answer.status, answer.text]).toEqual([200, answer.text])
  return answer.body.data.map(({ row }: { row: Row }) => row)
}
const byBody = async (filter: unknown) =>
  rowsIn(await post(app, 'samples:list', undefined, { filter, fields: ['row'], sort: 'id' }))
const byQuery = async (filter: unknown) =>
  rowsIn(await get(app, `samples:list?fields=row&filter=${encodeURIComponent(JSON.stringify(filter))}`))

/** `filter[a][$in][]=1`: what a query string can say, which is neither null nor an empty list. */
function brackets(path: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => brackets(`${path}[]`, item))
  if (typeof value !== 'object' || value === null) return [`${path}=${encodeURIComponent(String(value))}`]
  return Object.entries(value).flatMap(([name, inner]) => brackets(`${path}[${encodeURIComponent(name)}]`, inner))
}
const canBeText = (operand: unknown): boolean =>
  operand !== null && !(Array.isArray(operand) && (operand.length === 0 || operand.includes(null)))
const byBrackets = async (filter: unknown) =>
  rowsIn(await get(app, `samples:list?fields=row&${brackets('filter', filter).join('&')}`))

describe.each(samples)('%s', (kind, _definition, _values, cases) => {
  const field = `${kind}Field`
  // Members of arrays and JSON have no type by which text could be read.
  const isTyped = kind !== 'array' && kind !== 'json'

  it('has a case for every operator that applies', () => {
    const group = fieldKinds.get(kind)?.operators
    const applicable = [...operators.values()].filter(
      ({ groups, kinds }) => (!groups || (group && groups.includes(group))) && (!kinds || kinds.includes(kind)),
    )
    expect(Object.keys(cases).sort()).toEqual(applicable.map(({ name }) => name).sort())
  })

  it.each(Object.entries(cases))('%s', async (operator, list) => {
    for (const [operand, rows] of list) {
      const filter = { [field]: { [operator]: operand } }
      expect([operand, await byBody(filter)]).toEqual([operand, rows])
      expect([operand, await byQuery(filter)]).toEqual([operand, rows])
      if (isTyped && canBeText(operand)) expect([operand, await byBrackets(filter)]).toEqual([operand, rows])
    }
  })

  it('$not is true where it is false, and unknown where it is unknown', async () => {
    for (const [operator, list] of Object.entries(cases)) {
      for (const [operand, rows] of list) {
        const outer = await byBody({ $not: { [field]: { [operator]: operand } } })
        expect(await byBody({ [field]: { $not: { [operator]: operand } } })).toEqual(outer)
        expect(outer.filter((row) => row !== 'none')).toEqual(filled.filter((row) => !rows.includes(row)))
        const decided = rows.includes('none') || !canBeText(operand) || /xists|mpty|\$is/.test(operator)
        // A comparison with null is unknown, and so is its opposite.
        if (!decided) expect([operator, operand, outer.includes('none')]).toEqual([operator, operand, false])
      }
    }
  })

  it('a bare value is equal to it, a bare list one of it', async () => {
    const [value] = cases['$eq']?.find(([operand]) => operand !== null) ?? []
    if (kind === 'json') return
    if (kind === 'array') expect(await byBody({ [field]: [2, 'red'] })).toEqual(['middle'])
    else expect(await byBody({ [field]: value })).toEqual(cases['$eq']?.[0]?.[1])
    expect(await byBody({ [field]: null })).toEqual(['none'])
    if (isTyped) expect(await byBody({ [field]: [value, null] })).toEqual([...(cases['$eq']?.[0]?.[1] ?? []), 'none'])
    if (isTyped) expect(await byBody({ [field]: [] })).toEqual([])
  })
})

describe('how conditions combine', () => {
  it.each<[unknown, readonly Row[]]>([
    [{}, [...filled, 'none']],
    [{ $and: [] }, [...filled, 'none']],
    [{ $or: [{}] }, [...filled, 'none']],
    [{ $not: {} }, []],
    [{ row: 'low', booleanField: true }, []],
    [{ row: 'high', booleanField: true }, ['high']],
    [{ integerField: { $gte: 0, $lt: 1 } }, ['middle']],
    [{ $or: [{ row: 'low' }, { integerField: { $gt: 0 } }] }, ['low', 'high']],
    [{ $or: [{ row: 'low' }], $and: [{ row: { $ne: 'low' } }] }, []],
    [{ $and: [{ $or: [{ row: 'low' }, { row: 'high' }] }, { $not: { booleanField: true } }] }, ['low']],
    [{ $not: { $or: [{ row: 'low' }, { booleanField: true }] } }, []],
    [{ $not: { row: 'low', integerField: 0 } }, [...filled, 'none']],
  ])('%j', async (filter, rows) => expect(await byBody(filter)).toEqual(rows))

  it('in brackets too', async () => {
    expect(await byBrackets({ $or: { 0: { row: 'low' }, 1: { integerField: { $gt: 0 } } } })).toEqual(['low', 'high'])
    expect(rowsIn(await get(app, 'samples:list?fields=row&filter[$or][0][row]=low&filter[$or][1][row]=high'))).toEqual([
      'low',
      'high',
    ])
    expect(rowsIn(await get(app, 'samples:list?fields=row&filter[integerField][$in]=0,2147483647'))).toEqual([
      'middle',
      'high',
    ])
  })
})

it('sort, which is never null', async () => {
  await app.collection('places', { place: 'sort' })
  await app.grant('anonymous', 'places', ['*'])
  await post(app, 'places:create', undefined, [{ place: 10 }, { place: 20 }, {}])
  const places = async (test: unknown): Promise<number[]> => {
    const answer = await post(app, 'places:list', undefined, { filter: { place: test }, sort: 'id' })
    expect([answer.status, answer.text]).toEqual([200, answer.text])
    return answer.body.data.map(({ id }: { id: number }) => id)
  }
  const cases: [unknown, number[]][] = [
    [10, [1]],
    [
      [10, 20],
      [1, 2],
    ],
    [{ $ne: 10 }, [2, 3]],
    [{ $gt: 10 }, [2, 3]],
    [{ $lte: 20 }, [1, 2]],
    [{ $between: [15, 20] }, [2]],
    [{ $notBetween: [15, 20] }, [1, 3]],
    [{ $notIn: [20] }, [1, 3]],
    [{ $exists: true }, [1, 2, 3]],
    [{ $empty: true }, []],
  ]
  for (const [test, ids] of cases) expect([test, await places(test)]).toEqual([test, ids])
})
