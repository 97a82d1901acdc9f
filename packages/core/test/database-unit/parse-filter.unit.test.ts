import { describe, expect, it } from '@jest/globals'
import { allOf, always, isAlways } from '../../src/database/filter/condition.js'
import { filterLimits, type FilterOptions } from '../../src/database/filter/filter-options.js'
import { parseFilter } from '../../src/database/filter/parse-filter.js'
import { sample } from './sample-collection.js'

const outcome = (filter: unknown, options?: FilterOptions): unknown => {
  try {
    return parseFilter(sample, filter, options)
  } catch (error) {
    return error
  }
}

const nested = (levels: number): unknown =>
  levels === 1
    ? { title: 'a' }
    : { [levels % 2 === 0 ? '$not' : '$and']: levels % 2 === 0 ? nested(levels - 1) : [nested(levels - 1)] }

describe('400 INVALID_FILTER, with the path of the fault', () => {
  it.each<[unknown, string]>([
    ['x', 'filter'],
    [1, 'filter'],
    [true, 'filter'],
    [[], 'filter'],
    [[{ title: 'a' }], 'filter'],
    [new Date(0), 'filter'],
    [{ nothing: 1 }, 'filter.nothing'],
    [{ constructor: 1 }, 'filter.constructor'],
    [{ secret: 'x' }, 'filter.secret'],
    [{ secret: { $startsWith: 'x' } }, 'filter.secret'],
    [{ 'title"; --': 1 }, 'filter.title"; --'],
    [{ title: { $foo: 1 } }, 'filter.title.$foo'],
    [{ title: { constructor: 1 } }, 'filter.title.constructor'],
    [{ title: { a: 1 } }, 'filter.title.a'],
    [{ title: {} }, 'filter.title'],
    [{ title: { $not: {} } }, 'filter.title.$not'],
    [{ $where: '1=1' }, 'filter.$where'],
    [{ $eq: 1 }, 'filter.$eq'],
    [{ $and: {} }, 'filter.$and'],
    [{ $and: 'x' }, 'filter.$and'],
    [{ $and: ['x'] }, 'filter.$and.0'],
    [{ $or: [] }, 'filter.$or'],
    [{ $or: [{ title: 'a' }, { $and: [{ count: 'x' }] }] }, 'filter.$or.1.$and.0.count'],
    [{ $not: [] }, 'filter.$not'],
    [{ $not: null }, 'filter.$not'],
    [{ title: 1 }, 'filter.title'],
    [{ title: undefined }, 'filter.title'],
    [{ count: 'x' }, 'filter.count'],
    [{ count: 1.5 }, 'filter.count'],
    [{ count: [1, 'x'] }, 'filter.count.1'],
    [{ count: { $gt: null } }, 'filter.count.$gt'],
    [{ count: { $gt: [1] } }, 'filter.count.$gt'],
    [{ count: { $gt: {} } }, 'filter.count.$gt'],
    [{ count: { $in: 1 } }, 'filter.count.$in'],
    [{ count: { $in: { 0: 1 } } }, 'filter.count.$in'],
    [{ count: { $between: [1] } }, 'filter.count.$between'],
    [{ count: { $between: [1, 2, 3] } }, 'filter.count.$between'],
    [{ count: { $between: [1, null] } }, 'filter.count.$between.1'],
    [{ count: { $includes: '1' } }, 'filter.count.$includes'],
    [{ count: { $isTruly: true } }, 'filter.count.$isTruly'],
    [{ done: { $gt: true } }, 'filter.done.$gt'],
    [{ data: { $in: [1] } }, 'filter.data.$in'],
    [{ data: { a: 1 } }, 'filter.data.a'],
    [{ title: { $match: ['a'] } }, 'filter.title.$match'],
    [{ tags: { $in: ['a'] } }, 'filter.tags.$in'],
    [{ tags: { $anyOf: 'a' } }, 'filter.tags.$anyOf'],
    [{ title: { $includes: 1 } }, 'filter.title.$includes'],
    [{ title: { $includes: ['a', null] } }, 'filter.title.$includes.1'],
    [{ title: { $exists: false } }, 'filter.title.$exists'],
    [{ title: { $exists: 'yes' } }, 'filter.title.$exists'],
    [{ title: 'a\0' }, 'filter.title'],
    [{ title: { $includes: '\ud800' } }, 'filter.title.$includes'],
    [{ tags: ['\0'] }, 'filter.tags.0'],
    [{ guid: 'x' }, 'filter.guid'],
    [{ day: '2025-02-29' }, 'filter.day'],
    [{ count: 2_147_483_648 }, 'filter.count'],
  ])('%j → %s', (filter, path) => {
    expect(outcome(filter)).toMatchObject({ status: 400, code: 'INVALID_FILTER', path })
  })

  it('begins with the place of the filter in the input', () => {
    expect(outcome({ nothing: 1 }, { path: 'where' })).toMatchObject({ path: 'where.nothing' })
  })

  it('does not follow what a body smuggles in as a prototype', () => {
    const filter: unknown = JSON.parse('{"__proto__":{"title":"a"}}')
    expect(outcome(filter)).toMatchObject({ code: 'INVALID_FILTER', path: 'filter.__proto__' })
  })
})

describe('hidden and forbidden fields', () => {
  it('are unknown to callers, and open to the server itself', () => {
    expect(outcome({ secret: 'x' })).toMatchObject({ message: expect.stringContaining('there is no field "secret"') })
    expect(outcome({ secret: 'x' }, { trusted: true })).toMatchObject({ type: 'test' })
  })

  it('403 for a field that the caller may not read, wherever it stands', () => {
    const readable = new Set(['id', 'title'])
    for (const filter of [{ count: 1 }, { $or: [{ title: 'a' }, { $not: { count: { $gt: 1 } } }] }]) {
      expect(outcome(filter, { readable })).toMatchObject({ status: 403, code: 'NO_PERMISSION' })
    }
    expect(outcome({ title: 'a' }, { readable })).toMatchObject({ type: 'test' })
  })
})

describe('limits', () => {
  it('of depth: so many levels and no more', () => {
    expect(outcome(nested(filterLimits.depth))).toHaveProperty('type')
    expect(outcome(nested(filterLimits.depth + 1))).toMatchObject({ code: 'INVALID_FILTER', path: 'filter' })
    expect(outcome(nested(1000))).toMatchObject({ code: 'INVALID_FILTER' })
  })

  it('of depth count the $not of a field as well', () => {
    const inField = (levels: number): unknown => (levels === 1 ? 'a' : { $not: inField(levels - 1) })
    expect(outcome({ title: inField(filterLimits.depth) })).toHaveProperty('type')
    expect(outcome({ title: inField(filterLimits.depth + 1) })).toMatchObject({ code: 'INVALID_FILTER' })
  })

  it('of values: so many in all and no more', () => {
    const numbers = (length: number) => Array.from({ length }, (_, index) => index)
    const { values } = filterLimits
    expect(outcome({ count: numbers(values) })).toHaveProperty('type')
    for (const filter of [
      { count: numbers(values + 1) },
      { count: numbers(values), title: 'a' },
      { tags: { $anyOf: numbers(values + 1) } },
      { title: { $includes: numbers(values + 1).map(String) } },
      { $or: numbers(values + 1).map(() => ({})) },
      { $and: numbers(300).map((count) => ({ count })) },
    ]) {
      expect(outcome(filter)).toMatchObject({ code: 'INVALID_FILTER', path: 'filter' })
    }
  })

  it('are kept quickly, however much was sent', () => {
    const started = performance.now()
    outcome({ count: Array.from({ length: 100_000 }, () => 1) })
    outcome({ $or: Array.from({ length: 100_000 }, () => ({ title: 'a' })) })
    expect(performance.now() - started).toBeLessThan(200)
  })
})

describe('conditions that narrow nothing', () => {
  it.each([undefined, null, {}, { $and: [] }, { $and: [{}, { $and: [] }] }])('%j', (filter) => {
    expect(isAlways(parseFilter(sample, filter))).toBe(true)
  })

  it.each([{ title: null }, { $not: {} }, { $or: [{}] }, { title: [] }, { count: { $notIn: [] } }])(
    '%j is not known as one',
    (filter) => expect(isAlways(parseFilter(sample, filter))).toBe(false),
  )

  it('are left out of combinations', () => {
    const title = parseFilter(sample, { title: 'a' })
    const count = parseFilter(sample, { count: 1 })
    expect(allOf(always, title, always)).toBe(title)
    expect(allOf(title, always, count)).toEqual({ type: 'all', conditions: [title, count] })
    expect(isAlways(allOf())).toBe(true)
    expect(isAlways(allOf(always, always))).toBe(true)
  })
})
