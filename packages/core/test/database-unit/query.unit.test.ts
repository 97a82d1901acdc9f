import { describe, expect, it } from '@jest/globals'
import { compileCollection } from '../../src/database/collection.js'
import { always, type Condition } from '../../src/database/filter/condition.js'
import { parseFilter } from '../../src/database/filter/parse-filter.js'
import {
  countStatement,
  deleteStatement,
  insertStatement,
  recordsPerInsert,
  selectStatement,
  updateStatement,
  type Selection,
} from '../../src/database/query.js'
import { parseSort } from '../../src/database/sort.js'
import { f } from '../../src/schema/f.js'

const notes = compileCollection({
  name: 'notes',
  options: { createdBy: false, updatedBy: false },
  fields: { title: f.string(), done: f.boolean().maybe(), slug: f.string({ unique: true }), data: f.json().maybe() },
})
const where = (filter: unknown): Condition => parseFilter(notes, filter)
const select = (selection: Partial<Selection>) =>
  selectStatement(notes, { fields: ['id', 'title'], condition: always, ...selection })
const byId = [{ field: 'id', descending: false }]

describe('SELECT', () => {
  it('names its columns, the rows, the order and the page', () => {
    const sort = [{ field: 'done', descending: true }, ...byId]
    expect(select({ condition: where({ title: 'a' }), sort, limit: 20, offset: 40 })).toMatchObject({
      text: 'SELECT "id", "title" FROM "notes" WHERE "title" = $1 ORDER BY "done" DESC NULLS LAST, "id" LIMIT $2 OFFSET $3',
      values: ['a', 20, 40],
    })
  })

  it('says nothing that it need not', () => {
    expect(select({})).toMatchObject({ text: 'SELECT "id", "title" FROM "notes"', values: [] })
    expect(select({ offset: 0, sort: [] }).text).toBe('SELECT "id", "title" FROM "notes"')
  })

  it('puts nulls last in both directions, and says so only where there may be some', () => {
    const order = (sort: string): string => select({ sort: parseSort(notes, sort) }).text.split(' ORDER BY ')[1] ?? ''
    expect(order('done')).toBe('"done", "id"')
    expect(order('-done')).toBe('"done" DESC NULLS LAST, "id"')
    expect(order('-title')).toBe('"title" DESC, "id"')
    expect(order('-id')).toBe('"id" DESC')
  })

  it('quotes names, whatever is in them', () => {
    const odd = compileCollection({ name: 'o"d', options: { timestamps: false }, fields: { 'a"b': f.string() } })
    expect(selectStatement(odd, { fields: ['a"b'], condition: parseFilter(odd, { 'a"b': 'x' }) }).text).toBe(
      'SELECT "a""b" FROM "o""d" WHERE "a""b" = $1',
    )
  })
})

describe('quick, so that it may share a connection', () => {
  it.each<[string, Partial<Selection>]>([
    ['one by its key', { condition: where({ id: 1 }) }],
    ['one by a unique field', { condition: where({ slug: 'a' }) }],
    ['the first pages by key', { sort: byId, limit: 20 }],
    ['a page not far behind', { sort: byId, limit: 20, offset: 1000 }],
  ])('%s', (_, selection) => expect(select(selection)).toMatchObject({ quick: true, prepared: true }))

  it.each<[string, Partial<Selection>]>([
    ['a field without an index', { condition: where({ title: 'a' }) }],
    ['a comparison', { condition: where({ id: { $gt: 1 } }) }],
    ['several keys', { condition: where({ id: [1, 2] }) }],
    ['what is not so', { condition: where({ $not: { id: 1 } }) }],
    ['a key and something else', { condition: where({ id: 1, title: 'a' }) }],
    ['another order', { sort: [{ field: 'title', descending: false }, ...byId], limit: 20 }],
    ['no order at all', { limit: 20 }],
    ['a page far behind', { sort: byId, limit: 20, offset: 1001 }],
  ])('not %s', (_, selection) => expect(select(selection).quick).toBe(false))
})

describe('prepared, because its text is one of few', () => {
  it('is what callers cannot vary without end', () => {
    const any = { sort: [{ field: 'title', descending: false }, ...byId], limit: 20, offset: 5000 }
    expect(select(any).prepared).toBe(true)
    expect(countStatement(notes, always).prepared).toBe(true)
    expect(deleteStatement(notes, where({ id: 1 }), ['id']).prepared).toBe(true)
    expect(updateStatement(notes, where({ id: [1, 2] }), { title: 'a' }, ['id']).prepared).toBe(true)
  })

  it('is not what follows the shape of a filter or the length of a list', () => {
    const varied = where({ $or: [{ title: 'a' }, { done: true }] })
    expect(select({ condition: varied }).prepared).toBe(false)
    expect(countStatement(notes, varied).prepared).toBe(false)
    expect(deleteStatement(notes, varied, ['id']).prepared).toBe(false)
    expect(updateStatement(notes, varied, { title: 'a' }, ['id']).prepared).toBe(false)
    expect(insertStatement(notes, [{ title: 'a' }, { title: 'b' }], ['id']).prepared).toBe(false)
  })

  it('has the same text for every value', () => {
    const texts = [[], ['a'], ['a', 'b', 'c']].map((title) => select({ condition: where({ title }) }).text)
    expect(new Set(texts).size).toBe(1)
  })
})

describe('COUNT', () => {
  it('counts the rows of a condition', () => {
    expect(countStatement(notes, where({ done: true }))).toMatchObject({
      text: 'SELECT count(*) AS "count" FROM "notes" WHERE "done" = $1',
      values: [true],
    })
    expect(countStatement(notes, always).text).toBe('SELECT count(*) AS "count" FROM "notes"')
  })
})

describe('INSERT', () => {
  it('writes every column, so that the text is the same whatever was sent', () => {
    const text =
      'INSERT INTO "notes" ("createdAt", "updatedAt", "title", "done", "slug", "data") VALUES ($1, $2, $3, $4, $5, $6) RETURNING "id"'
    expect(insertStatement(notes, [{ title: 'a', data: { b: 1 } }], ['id'])).toEqual({
      text,
      values: [null, null, 'a', null, null, '{"b":1}'],
      prepared: true,
    })
    expect(insertStatement(notes, [{ done: true, slug: 's' }], ['id']).text).toBe(text)
  })

  it('writes several records at once, in their order', () => {
    const two = compileCollection({
      name: 't',
      options: { timestamps: false, createdBy: false, updatedBy: false },
      fields: { a: f.integer() },
    })
    expect(insertStatement(two, [{ a: 1 }, { a: 2 }], ['id', 'a'])).toMatchObject({
      text: 'INSERT INTO "t" ("a") VALUES ($1), ($2) RETURNING "id", "a"',
      values: [1, 2],
    })
  })

  it('has an answer for a collection without any field', () => {
    const bare = compileCollection({
      name: 'bare',
      options: { timestamps: false, createdBy: false, updatedBy: false },
      fields: {},
    })
    expect(insertStatement(bare, [{}], ['id'])).toMatchObject({
      text: 'INSERT INTO "bare" ("id") VALUES (DEFAULT) RETURNING "id"',
      values: [],
    })
  })

  it('never has more parameters than PostgreSQL counts', () => {
    for (const size of [0, 3, 500]) {
      const fields = Object.fromEntries(Array.from({ length: size }, (_, index) => [`f${index}`, f.integer().maybe()]))
      const wide = compileCollection({ name: 'wide', options: {}, fields })
      const records = recordsPerInsert(wide)
      expect(records).toBeGreaterThan(0)
      expect(records * wide.fields.size).toBeLessThanOrEqual(65_535)
    }
  })
})

describe('UPDATE and DELETE', () => {
  it('write only what is named, and only known names', () => {
    expect(updateStatement(notes, where({ id: 1 }), { title: 'b', data: [1], nothing: 2 }, ['id'])).toMatchObject({
      text: 'UPDATE "notes" SET "title" = $1, "data" = $2 WHERE "id" = $3 RETURNING "id"',
      values: ['b', '[1]', 1],
    })
  })

  it('write null as null, also where other values are encoded', () => {
    expect(updateStatement(notes, where({ id: 1 }), { data: null }, ['id']).values).toEqual([null, 1])
  })

  it('touch the rows of the condition', () => {
    expect(deleteStatement(notes, where({ done: true, title: ['a'] }), ['id'])).toMatchObject({
      text: 'DELETE FROM "notes" WHERE ("done" = $1 AND "title" = ANY($2::varchar[])) RETURNING "id"',
      values: [true, ['a']],
    })
  })
})

describe('sort', () => {
  const keys = (sort: unknown): string[] =>
    parseSort(notes, sort).map(({ field, descending }) => `${descending ? '-' : ''}${field}`)

  it.each<[unknown, string[]]>([
    [undefined, ['id']],
    ['', ['id']],
    ['title', ['title', 'id']],
    ['-title,+done', ['-title', 'done', 'id']],
    [
      ['title', '-done'],
      ['title', '-done', 'id'],
    ],
    [
      ['title,-done', 'slug'],
      ['title', '-done', 'slug', 'id'],
    ],
    ['title, -done', ['title', '-done', 'id']],
    ['-id', ['-id']],
    ['title,-id,done', ['title', '-id']],
  ])('%j → %j: the key is always the last', (sort, expected) => expect(keys(sort)).toEqual(expected))

  it.each<[unknown]>([
    ['nothing'],
    ['--title'],
    ['title;'],
    [','],
    ['data'],
    [1],
    [{ title: 1 }],
    [[1]],
    [['id', null]],
    ['title,'.repeat(11)],
  ])('400 INVALID_SORT for %j', (sort) =>
    expect(() => keys(sort)).toThrow(expect.objectContaining({ code: 'INVALID_SORT', path: 'sort' })),
  )

  it('403 for a field that the caller may not read', () => {
    expect(() => parseSort(notes, 'done', { readable: new Set(['id', 'title']) })).toThrow(
      expect.objectContaining({ status: 403, code: 'NO_PERMISSION' }),
    )
  })
})
