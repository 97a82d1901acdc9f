import { describe, expect, it } from '@jest/globals'
import { AppError } from '../../src/kernel/errors.js'
import { f } from '../../src/schema/f.js'
import { checkValues, compileField, completeValues, parseOptions, type CompiledField } from '../../src/schema/shape.js'
import type { FieldDefinition } from '../../src/schema/field.js'

const compiled = (shape: Readonly<Record<string, FieldDefinition>>): ReadonlyMap<string, CompiledField> =>
  new Map(Object.entries(shape).map(([name, field]) => [name, compileField(name, field)]))

const fields = compiled({
  title: f.string({ maxLength: 3 }),
  done: f.boolean().default(false),
  due: f.dateOnly().maybe(),
  count: f.integer().maybe(),
  code: f.nanoid(),
  hash: f.string({ readOnly: true }),
})

const faultsOf = (work: () => unknown): (readonly [string, string | undefined])[] => {
  try {
    work()
    return []
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return (error.all ?? [error]).map(({ code, path }) => [code, path])
  }
}

describe('checkValues', () => {
  it('gives the values as they are to be stored, those that were sent and no others', () => {
    const at = compiled({ at: f.datetime() })
    expect(checkValues(at, { at: '2025-03-03' })).toEqual({ at: '2025-03-03T00:00:00.000Z' })
    expect(checkValues(fields, { title: 'abc', due: null })).toEqual({ title: 'abc', due: null })
    expect(checkValues(fields, {})).toEqual({})
    expect(checkValues(fields, { title: undefined })).toEqual({})
  })

  it('finds every fault, each with its path', () => {
    const input = { title: 'abcd', due: 'tomorrow', hash: 'x', nothing: 1, done: null, count: 1.5 }
    expect(faultsOf(() => checkValues(fields, input))).toEqual([
      ['INVALID_VALUE', 'title'],
      ['INVALID_VALUE', 'due'],
      ['READONLY_FIELD', 'hash'],
      ['UNKNOWN_FIELD', 'nothing'],
      ['INVALID_VALUE', 'done'],
      ['INVALID_VALUE', 'count'],
    ])
  })

  it('puts the place of the record before the path', () => {
    expect(faultsOf(() => checkValues(fields, { title: 1, nothing: 1, hash: 1 }, { prefix: '2' }))).toEqual([
      ['INVALID_VALUE', '2.title'],
      ['UNKNOWN_FIELD', '2.nothing'],
      ['READONLY_FIELD', '2.hash'],
    ])
  })

  it('names the field in the message, and nothing of the value', () => {
    expect(() => checkValues(fields, { title: 'secret' })).toThrow('title must have at most 3 characters')
    expect(() => checkValues(fields, { title: null })).toThrow('title must not be null')
  })

  it('lets the server write what is read-only, checked all the same', () => {
    expect(checkValues(fields, { hash: 'x' }, { trusted: true })).toEqual({ hash: 'x' })
    expect(faultsOf(() => checkValues(fields, { hash: 1 }, { trusted: true }))).toEqual([['INVALID_VALUE', 'hash']])
  })

  it('knows no field under the names that every object has', () => {
    const input: Record<string, unknown> = JSON.parse('{"__proto__":{"title":"a"},"constructor":1,"toString":1}')
    expect(faultsOf(() => checkValues(fields, input))).toEqual([
      ['UNKNOWN_FIELD', '__proto__'],
      ['UNKNOWN_FIELD', 'constructor'],
      ['UNKNOWN_FIELD', 'toString'],
    ])
  })
})

describe('completeValues', () => {
  it('fills in defaults and what fills itself, and leaves the rest', () => {
    const values: Record<string, unknown> = { title: 'a' }
    completeValues(fields, values)
    expect(values).toEqual({ title: 'a', done: false, code: expect.stringMatching(/^[\w-]{21}$/) })
  })

  it('leaves what was given, an explicit null too', () => {
    const shape = compiled({ state: { kind: 'string', options: { default: 'new' } }, code: f.nanoid().maybe() })
    const values: Record<string, unknown> = { state: null, code: null }
    completeValues(shape, values)
    expect(values).toEqual({ state: null, code: null })
  })

  it('finds everything that is missing, with its path; what only the server sets is not missed', () => {
    const two = compiled({ a: f.string(), b: f.integer(), c: f.integer().maybe(), d: f.string({ readOnly: true }) })
    expect(faultsOf(() => completeValues(two, {}, '4'))).toEqual([
      ['INVALID_VALUE', '4.a'],
      ['INVALID_VALUE', '4.b'],
    ])
    expect(() => completeValues(two, {})).toThrow('a is required')
  })
})

describe('the options of a plugin', () => {
  const shape = { keepDays: f.integer({ minimum: 1 }).default(20), label: f.string().maybe(), id: f.uuid() }

  it('are checked when given, with defaults', () => {
    expect(parseOptions(shape, {})).toMatchObject({ keepDays: 20, id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    expect(parseOptions(shape, { keepDays: 5, label: 'x' })).toMatchObject({ keepDays: 5, label: 'x' })
  })

  it('are refused when wrong, unknown, missing, or null in place of a default', () => {
    expect(faultsOf(() => parseOptions(shape, { keepDays: 0, what: 1 }))).toEqual([
      ['INVALID_VALUE', 'keepDays'],
      ['UNKNOWN_FIELD', 'what'],
    ])
    expect(faultsOf(() => parseOptions({ name: f.string() }, {}))).toEqual([['INVALID_VALUE', 'name']])
    expect(faultsOf(() => parseOptions(shape, { keepDays: null }))).toEqual([['INVALID_VALUE', 'keepDays']])
  })
})
