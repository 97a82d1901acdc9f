import { describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { bigIntFromText, columnParsers, instantFromText } from '../../src/database/column-values.js'
import { columnType, encode } from '../../src/database/model.js'
import { indexName } from '../../src/database/indexes.js'
import { sql } from '../../src/database/sql.js'
import type { Statement } from '../../src/database/sql.js'
import { isStalePlan, StatementNames } from '../../src/database/statement-names.js'
import { fieldKinds } from '../../src/schema/f.js'
import { compileField } from '../../src/schema/shape.js'

describe('an instant from PostgreSQL', () => {
  it.each([
    ['2025-03-03 09:57:36.728+00', '2025-03-03T09:57:36.728Z'],
    ['2025-03-03 09:57:36.72+00', '2025-03-03T09:57:36.720Z'],
    ['2025-03-03 09:57:36.7+00', '2025-03-03T09:57:36.700Z'],
    ['2025-03-03 09:57:36+00', '2025-03-03T09:57:36.000Z'],
    ['0001-01-01 00:00:00+00', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31 23:59:59.999+00', '9999-12-31T23:59:59.999Z'],
  ])('%s is %s', (text, instant) => expect(instantFromText(text)).toBe(instant))

  it('is what JavaScript makes of it', () => {
    for (const time of [0, 1, 1_741_000_000_123, 253_402_300_799_999]) {
      const instant = new Date(time).toISOString()
      expect(instantFromText(instant.replace('T', ' ').replace('Z', '+00'))).toBe(instant)
    }
  })
})

describe('a bigint from PostgreSQL', () => {
  it.each<[string, number | string]>([
    ['0', 0],
    ['-1', -1],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740991', -9007199254740991],
    ['-9007199254740992', '-9007199254740992'],
    ['9223372036854775807', '9223372036854775807'],
  ])('%s is %p', (text, value) => expect(bigIntFromText(text)).toBe(value))
})

describe('the parsers of columns', () => {
  const { builtins } = pg.types
  const parse = (oid: number, text: string): unknown => {
    const parser: unknown = columnParsers.getTypeParser(oid, 'text')
    return typeof parser === 'function' ? Reflect.apply(parser, undefined, [text]) : undefined
  }

  it.each<[string, number, string, unknown]>([
    ['bigint', builtins.INT8, '12', 12],
    ['timestamptz', builtins.TIMESTAMPTZ, '2025-03-03 09:57:36.7+00', '2025-03-03T09:57:36.700Z'],
    ['timestamp', builtins.TIMESTAMP, '2025-03-03 09:57:36', '2025-03-03 09:57:36'],
    ['date', builtins.DATE, '2025-03-03', '2025-03-03'],
    ['time', builtins.TIME, '09:57:36', '09:57:36'],
    ['numeric', builtins.NUMERIC, '12.50', '12.50'],
    ['integer', builtins.INT4, '12', 12],
    ['double', builtins.FLOAT8, '0.1', 0.1],
    ['boolean', builtins.BOOL, 't', true],
    ['text', builtins.TEXT, 'a', 'a'],
    ['jsonb', builtins.JSONB, '{"a":[1]}', { a: [1] }],
  ])('read %s', (_, oid, text, value) => expect(parse(oid, text)).toEqual(value))
})

describe('the types of columns', () => {
  it('are there for every kind of field', () => {
    for (const kind of fieldKinds.values()) expect(columnType({ kind, options: {} })).toMatch(/^[a-z]/)
  })

  it.each<[string, object, string]>([
    ['string', {}, 'varchar(255)'],
    ['string', { maxLength: 80 }, 'varchar(80)'],
    ['string', { maxLength: 10_485_761 }, 'text'],
    ['decimal', {}, 'numeric'],
    ['decimal', { precision: 5 }, 'numeric(5,0)'],
    ['decimal', { precision: 5, scale: 2 }, 'numeric(5,2)'],
    ['datetime', {}, 'timestamptz(3)'],
  ])('%s %j is %s', (name, options, type) => {
    expect(columnType(compileField('x', { kind: name, options }))).toBe(type)
  })

  it('encode JSON as text, everything else not at all, and null never', () => {
    const json = compileField('x', { kind: 'json', options: {} })
    expect([encode(json, 'a'), encode(json, [1]), encode(json, null)]).toEqual(['"a"', '[1]', null])
    expect(encode(compileField('x', { kind: 'string', options: {} }), 'a')).toBe('a')
  })
})

describe('names of indexes', () => {
  it('are short enough for PostgreSQL, and differ when the long names differ', () => {
    expect(indexName('notes', ['title'], 'idx')).toBe('notes_title_idx')
    const names = ['a', 'b'].map((last) => indexName('c'.repeat(48), ['f'.repeat(48), last], 'idx'))
    for (const name of names) expect(name).toHaveLength(63)
    expect(names[0]).not.toBe(names[1])
  })
})

describe('sql', () => {
  it('makes every value a parameter', () => {
    expect(sql`select ${1}, ${'x'}::text where ${null} is null`).toEqual({
      text: 'select $1, $2::text where $3 is null',
      values: [1, 'x', null],
    })
    expect(sql`select 1`).toEqual({ text: 'select 1', values: [] })
  })
})

describe('names of prepared statements', () => {
  const about = (text: string, name?: string, revision = 1): Statement => ({
    text,
    values: [],
    prepared: true,
    ...(name !== undefined && { of: { name, revision } }),
  })

  it('stand for one text each', () => {
    const names = new StatementNames()
    expect(names.of(about('a'))).toBe(names.of(about('a')))
    expect(names.of(about('a'))).not.toBe(names.of(about('b')))
    expect(names.of({ text: 'c', values: [] })).toBeUndefined()
  })

  it('end at 500: the rest goes without, those that are there stay', () => {
    const names = new StatementNames()
    const given = Array.from({ length: 600 }, (_, index) => names.of(about(`text ${index}`)))
    expect(new Set(given.slice(0, 500)).size).toBe(500)
    expect(given.slice(500)).toEqual(Array.from({ length: 100 }, () => undefined))
    expect(names.of(about('text 0'))).toBe(given[0])
  })

  it('are never used again after the table changed', () => {
    const names = new StatementNames()
    const before = names.of(about('a'))
    names.forget(about('a'))
    expect(names.of(about('a'))).not.toBe(before)
    expect(names.of(about('b'))).not.toBe(before)
  })

  it('go with the revision of the collection that they are about, and make room', () => {
    const names = new StatementNames()
    const seen = new Set<string | undefined>()
    for (let revision = 0; revision < 600; revision++) {
      seen.add(names.of(about('a', 'todos', revision)))
      expect(names.of(about('a', 'todos', revision))).toBe(names.of(about('a', 'todos', revision)))
    }
    expect(seen.size).toBe(600)
    expect(seen).not.toContain(undefined)
  })

  it('know a plan that is stale from another refusal', () => {
    const refusal = (code: string, routine: string) => Object.assign(new Error('x'), { code, routine })
    expect(isStalePlan(refusal('0A000', 'RevalidateCachedQuery'))).toBe(true)
    expect(isStalePlan(refusal('0A000', 'rewriteTargetView'))).toBe(false)
    expect(isStalePlan(refusal('42P01', 'RevalidateCachedQuery'))).toBe(false)
    expect(isStalePlan('cached plan')).toBe(false)
  })
})
