import { describe, expect, it } from '@jest/globals'
import { compileFilter, compileQualified } from '../../src/database/filter/compile-filter.js'
import { operators } from '../../src/database/filter/operators.js'
import { type FilterOptions } from '../../src/database/filter/filter-options.js'
import { parseFilter } from '../../src/database/filter/parse-filter.js'
import { Parameters } from '../../src/database/sql.js'
import { sample } from './sample-collection.js'

const compiled = (filter: unknown, options?: FilterOptions): readonly [string, ...unknown[]] => {
  const parameters = new Parameters()
  const text = compileFilter(parseFilter(sample, filter, options), parameters, sample.name)
  return [text, ...parameters.values]
}

type Case = readonly [filter: unknown, text: string, ...values: unknown[]]
const cases: Readonly<Record<string, readonly Case[]>> = {
  $eq: [
    [{ title: { $eq: 'a' } }, '"title" = $1', 'a'],
    [{ title: { $eq: null } }, '"title" IS NULL'],
    [{ count: 3 }, '"count" = $1', 3],
    [{ title: null }, '"title" IS NULL'],
    [{ data: { $eq: { a: [1] } } }, '"data" = $1', '{"a":[1]}'],
    [{ at: { $eq: '2025-03-03' } }, '"at" = $1', '2025-03-03T00:00:00.000Z'],
    [{ at: { $eq: new Date(0) } }, '"at" = $1', '1970-01-01T00:00:00.000Z'],
    [{ at: new Date(0) }, '"at" = $1', '1970-01-01T00:00:00.000Z'],
  ],
  $ne: [
    [{ title: { $ne: 'a' } }, '"title" IS DISTINCT FROM $1', 'a'],
    [{ title: { $ne: null } }, '"title" IS NOT NULL'],
  ],
  $gt: [[{ count: { $gt: 1 } }, '"count" > $1', 1]],
  $gte: [[{ price: { $gte: '1.5' } }, '"price" >= $1', '1.5']],
  $lt: [[{ title: { $lt: 'b' } }, '"title" < $1', 'b']],
  $lte: [
    [
      { guid: { $lte: '00000000-0000-0000-0000-00000000000A' } },
      '"guid" <= $1',
      '00000000-0000-0000-0000-00000000000a',
    ],
  ],
  $in: [
    [{ count: { $in: [1, 2] } }, '"count" = ANY($1::integer[])', [1, 2]],
    [{ count: [1, 2] }, '"count" = ANY($1::integer[])', [1, 2]],
    [{ title: { $in: ['a', null] } }, '("title" = ANY($1::varchar[]) OR "title" IS NULL)', ['a']],
    [{ title: [] }, '"title" = ANY($1::varchar[])', []],
    [{ price: ['1.50'] }, '"price" = ANY($1::numeric[])', ['1.50']],
    [{ at: ['2025-03-03'] }, '"at" = ANY($1::timestamptz[])', ['2025-03-03T00:00:00.000Z']],
    [{ done: [true, false] }, '"done" = ANY($1::boolean[])', [true, false]],
  ],
  $notIn: [
    [{ count: { $notIn: [1] } }, '(NOT "count" = ANY($1::integer[]) OR "count" IS NULL)', [1]],
    [{ count: { $notIn: [1, null] } }, '(NOT "count" = ANY($1::integer[]) AND "count" IS NOT NULL)', [1]],
    [{ count: { $notIn: [] } }, '(NOT "count" = ANY($1::integer[]) OR "count" IS NULL)', []],
  ],
  $between: [
    [{ day: { $between: ['2025-01-01', '2025-12-31'] } }, '"day" BETWEEN $1 AND $2', '2025-01-01', '2025-12-31'],
  ],
  $notBetween: [[{ count: { $notBetween: [1, 9] } }, 'NOT ("count" BETWEEN $1 AND $2)', 1, 9]],
  $empty: [
    [{ title: { $empty: true } }, `("title" IS NULL OR "title" = '')`],
    [{ count: { $empty: true } }, '"count" IS NULL'],
    [{ tags: { $empty: true } }, `("tags" IS NULL OR "tags" = '[]')`],
  ],
  $notEmpty: [
    [{ title: { $notEmpty: true } }, `NOT (("title" IS NULL OR "title" = ''))`],
    [{ data: { $notEmpty: true } }, 'NOT ("data" IS NULL)'],
  ],
  $exists: [[{ title: { $exists: true } }, '"title" IS NOT NULL']],
  $notExists: [[{ title: { $notExists: 'true' } }, '"title" IS NULL']],
  $isTruly: [[{ done: { $isTruly: true } }, '"done" IS TRUE']],
  $isFalsy: [[{ done: { $isFalsy: 1 } }, '"done" IS NOT TRUE']],
  $includes: [
    [{ title: { $includes: 'a' } }, '"title" ILIKE ANY($1::text[])', ['%a%']],
    [{ title: { $includes: ['a', 'b'] } }, '"title" ILIKE ANY($1::text[])', ['%a%', '%b%']],
    [{ body: { $includes: '50%_\\' } }, '"body" ILIKE ANY($1::text[])', ['%50\\%\\_\\\\%']],
    [{ state: { $includes: 'one' } }, '"state" ILIKE ANY($1::text[])', ['%one%']],
  ],
  $notIncludes: [[{ title: { $notIncludes: 'a' } }, 'NOT ("title" ILIKE ANY($1::text[]))', ['%a%']]],
  $startsWith: [[{ title: { $startsWith: '%' } }, '"title" ILIKE ANY($1::text[])', ['\\%%']]],
  $notStartsWith: [[{ title: { $notStartsWith: 'a' } }, 'NOT ("title" ILIKE ANY($1::text[]))', ['a%']]],
  $endWith: [[{ title: { $endWith: '_' } }, '"title" ILIKE ANY($1::text[])', ['%\\_']]],
  $notEndWith: [[{ title: { $notEndWith: 'a' } }, 'NOT ("title" ILIKE ANY($1::text[]))', ['%a']]],
  $match: [
    [{ tags: { $match: ['a', 1] } }, '("tags" @> $1::jsonb AND "tags" <@ $1::jsonb)', '["a",1]'],
    [{ tags: ['a'] }, '("tags" @> $1::jsonb AND "tags" <@ $1::jsonb)', '["a"]'],
  ],
  $notMatch: [[{ tags: { $notMatch: ['a'] } }, 'NOT (("tags" @> $1::jsonb AND "tags" <@ $1::jsonb))', '["a"]']],
  $anyOf: [
    [{ tags: { $anyOf: ['a', 1] } }, '"tags" @> ANY($1::jsonb[])', ['["a"]', '[1]']],
    [
      { tags: { $anyOf: [{ a: 1 }] } },
      `CASE jsonb_typeof("tags") WHEN 'array' THEN EXISTS (SELECT FROM jsonb_array_elements("tags") AS m(v) WHERE m.v = ANY($1::jsonb[])) END`,
      ['{"a":1}'],
    ],
  ],
  $noneOf: [[{ tags: { $noneOf: ['a'] } }, '(NOT ("tags" @> ANY($1::jsonb[])) OR "tags" IS NULL)', ['["a"]']]],
  $dateOn: [
    [
      { at: { $dateOn: '2026-05-06' } },
      '("at" >= $1 AND "at" < $2)',
      '2026-05-06T00:00:00.000Z',
      '2026-05-07T00:00:00.000Z',
    ],
    [
      { at: { $dateOn: '2026-05-06T10:00:00+02:00' } },
      '("at" >= $1 AND "at" < $2)',
      '2026-05-06T08:00:00.000Z',
      '2026-05-06T08:00:00.001Z',
    ],
    [{ day: { $dateOn: '2026' } }, '("day" >= $1 AND "day" < $2)', '2026-01-01', '2027-01-01'],
    [{ day: { $dateOn: '2026-05-06 23:59' } }, '("day" >= $1 AND "day" < $2)', '2026-05-06', '2026-05-07'],
    [
      { local: { $dateOn: '2026-05-06' } },
      '("local" >= $1 AND "local" < $2)',
      '2026-05-06 00:00:00.000',
      '2026-05-07 00:00:00.000',
    ],
    [{ at: { $dateOn: '9999' } }, '("at" >= $1 AND "at" < $2)', '9999-01-01T00:00:00.000Z', 'infinity'],
  ],
  $dateNotOn: [[{ day: { $dateNotOn: '2026-05' } }, 'NOT (("day" >= $1 AND "day" < $2))', '2026-05-01', '2026-06-01']],
  $dateBefore: [[{ day: { $dateBefore: '2026Q2' } }, '"day" < $1', '2026-04-01']],
  $dateNotBefore: [[{ day: { $dateNotBefore: '2026Q2' } }, '"day" >= $1', '2026-04-01']],
  $dateAfter: [[{ day: { $dateAfter: '2026Q2' } }, '"day" >= $1', '2026-07-01']],
  $dateNotAfter: [[{ day: { $dateNotAfter: '2026Q2' } }, '"day" < $1', '2026-07-01']],
  $dateBetween: [
    [{ day: { $dateBetween: ['2026-01', '2026-03'] } }, '("day" >= $1 AND "day" < $2)', '2026-01-01', '2026-04-01'],
  ],
  $arrayEmpty: [[{ tags: { $arrayEmpty: true } }, `"tags" = '[]'`]],
  $arrayNotEmpty: [[{ tags: { $arrayNotEmpty: true } }, `"tags" <> '[]'`]],
}

describe.each(Object.entries(cases))('%s', (_, list) => {
  it.each(list)('%j becomes %s', (filter, text, ...values) => {
    expect(compiled(filter)).toEqual([text, ...values])
  })
})

it('every operator that there is has its cases', () => {
  const missing = [...operators.keys()].filter((name) => !(name in cases))
  expect(missing).toEqual([])
})

describe('the operators', () => {
  it('are found only by their own names', () => {
    for (const name of ['constructor', '__proto__', '$where', '$EQ', 'eq']) expect(operators.get(name)).toBeUndefined()
  })
})

describe('how conditions combine', () => {
  it.each<Case>([
    [undefined, 'TRUE'],
    [null, 'TRUE'],
    [{}, 'TRUE'],
    [{ $and: [] }, 'TRUE'],
    [{ title: 'a', count: 1 }, '("title" = $1 AND "count" = $2)', 'a', 1],
    [{ count: { $gte: 1, $lt: 9 } }, '("count" >= $1 AND "count" < $2)', 1, 9],
    [{ $and: [{ title: 'a' }, { count: 1 }] }, '("title" = $1 AND "count" = $2)', 'a', 1],
    [{ $or: [{ title: 'a' }, { count: 1 }] }, '("title" = $1 OR "count" = $2)', 'a', 1],
    [{ $or: [{}] }, '(TRUE)'],
    [{ $not: { title: 'a' } }, 'NOT ("title" = $1)', 'a'],
    [{ $not: {} }, 'NOT (TRUE)'],
    [{ title: { $not: { $in: ['a'] } } }, 'NOT ("title" = ANY($1::varchar[]))', ['a']],
    [{ title: { $not: 'a' } }, 'NOT ("title" = $1)', 'a'],
    [{ title: { $not: null } }, 'NOT ("title" IS NULL)'],
    [
      { title: { $not: { $not: 'a' }, $ne: 'b' } },
      '(NOT (NOT ("title" = $1)) AND "title" IS DISTINCT FROM $2)',
      'a',
      'b',
    ],
    [
      { $or: [{ $and: [{ count: 1 }, { $not: { done: true } }] }, { title: ['x'] }], big: '9007199254740993' },
      '((("count" = $1 AND NOT ("done" = $2)) OR "title" = ANY($3::varchar[])) AND "big" = $4)',
      1,
      true,
      ['x'],
      '9007199254740993',
    ],
  ])('%j becomes %s', (filter, text, ...values) => {
    expect(compiled(filter)).toEqual([text, ...values])
  })

  it('names the table where there is one', () => {
    const parameters = new Parameters()
    const condition = parseFilter(sample, { $or: [{ title: 'a' }, { $not: { count: null } }] })
    expect(compileQualified(condition, parameters, 'par"ent')).toBe(
      '("par""ent"."title" = $1 OR NOT ("par""ent"."count" IS NULL))',
    )
  })

  it('puts no value into the text', () => {
    const evil = `'); DROP TABLE samples; --`
    const [text, ...values] = compiled({ title: evil, body: { $includes: evil }, code: [evil], tags: [evil] })
    expect(text).not.toContain('DROP')
    expect(JSON.stringify(values)).toContain('DROP')
  })
})

describe('what comes as text in a query', () => {
  const textual = { textual: true }

  it.each<Case>([
    [{ count: '2' }, '"count" = $1', 2],
    [{ done: 'true' }, '"done" = $1', true],
    [{ ratio: { $gt: '1e3' } }, '"ratio" > $1', 1000],
    [{ count: { $in: '1,2' } }, '"count" = ANY($1::integer[])', [1, 2]],
    [{ count: ['1', '2'] }, '"count" = ANY($1::integer[])', [1, 2]],
    [{ count: { $between: ['1', '2'] } }, '"count" BETWEEN $1 AND $2', 1, 2],
    [{ title: '2' }, '"title" = $1', '2'],
    [{ price: '2.50' }, '"price" = $1', '2.50'],
    [{ done: { $isTruly: '1' } }, '"done" IS TRUE'],
  ])('%j becomes %s', (filter, text, ...values) => {
    expect(compiled(filter, textual)).toEqual([text, ...values])
  })

  it('is no number where it does not come as text', () => {
    expect(() => compiled({ count: '2' })).toThrow('"count" must be a whole number')
    expect(() => compiled({ count: 'x' }, textual)).toThrow('"count" must be a whole number')
  })
})

describe('variables', () => {
  const variable = (name: string): unknown => ({ '$user.id': 7, $nRole: null, $list: ['a', 'b'] })[name]

  it.each<Case>([
    [{ count: '{{$user.id}}' }, '"count" = $1', 7],
    [{ count: '{{ $user.id }}' }, '"count" = $1', 7],
    [{ title: '{{$nRole}}' }, '"title" IS NULL'],
    [{ title: { $in: '{{$list}}' } }, '"title" = ANY($1::varchar[])', ['a', 'b']],
    [{ count: ['{{$user.id}}', 8] }, '"count" = ANY($1::integer[])', [7, 8]],
    [{ tags: { $anyOf: ['{{$user.id}}'] } }, '"tags" @> ANY($1::jsonb[])', ['[7]']],
    [{ tags: { $match: '{{$list}}' } }, '("tags" @> $1::jsonb AND "tags" <@ $1::jsonb)', '["a","b"]'],
    [{ data: '{{$user.id}}' }, '"data" = $1', '7'],
    [{ title: 'x {{$user.id}}' }, '"title" = $1', 'x {{$user.id}}'],
  ])('%j becomes %s', (filter, text, ...values) => {
    expect(compiled(filter, { variable })).toEqual([text, ...values])
  })

  it('that do not exist are refused, and are plain text where there are none', () => {
    expect(() => compiled({ title: '{{$user.password}}' }, { variable })).toThrow('there is no variable')
    expect(compiled({ title: '{{$user.id}}' })).toEqual(['"title" = $1', '{{$user.id}}'])
  })
})
