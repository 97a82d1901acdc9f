import { describe, expect, it } from '@jest/globals'
import { kindOf, parseFieldDefinition } from '../../src/schema/definition.js'
import { f, fieldKinds } from '../../src/schema/f.js'
import { relationTypes } from '../../src/schema/relation.js'

const fault = (definition: Readonly<Record<string, unknown>>): unknown => {
  try {
    return parseFieldDefinition(definition)
  } catch (error) {
    return error
  }
}

describe('the definition of a field', () => {
  it('is a kind and its options', () => {
    expect(
      parseFieldDefinition({ type: 'string', title: 'Title', required: true, maxLength: 80, default: 'x' }),
    ).toEqual({ kind: 'string', options: { title: 'Title', required: true, maxLength: 80, default: 'x' } })
  })

  it('leaves out what is null', () => {
    expect(parseFieldDefinition({ type: 'json', title: null, default: null })).toEqual({ kind: 'json', options: {} })
  })

  it('knows every kind that `f` makes', () => {
    for (const kind of fieldKinds.keys()) expect(kindOf(kind).kind).toBe(kind)
    expect([...fieldKinds.keys(), ...relationTypes].sort()).toEqual(Object.keys(f).sort())
  })
})

describe('a definition is refused', () => {
  it.each([undefined, null, '', 'varchar', 'constructor', '__proto__', 1, ['string']])('with the type %p', (type) => {
    expect(fault({ type })).toMatchObject({ status: 400, code: 'INVALID_VALUE', path: 'type' })
  })

  it.each<[string, Record<string, unknown>, string, string]>([
    ['an option that there is not', { type: 'string', length: 3 }, 'UNKNOWN_FIELD', 'length'],
    ['a name of every object', { type: 'string', constructor: 3 }, 'UNKNOWN_FIELD', 'constructor'],
    ['lengths for a number', { type: 'integer', maxLength: 3 }, 'INVALID_VALUE', 'maxLength'],
    ['bounds for a text', { type: 'text', minimum: 3 }, 'INVALID_VALUE', 'minimum'],
    ['a precision for a double', { type: 'double', precision: 3 }, 'INVALID_VALUE', 'precision'],
    ['values for a text', { type: 'text', enum: ['a'] }, 'INVALID_VALUE', 'enum'],
    ['a flag that is none', { type: 'string', required: 'yes' }, 'INVALID_VALUE', 'required'],
    ['a title that is none', { type: 'string', title: 3 }, 'INVALID_VALUE', 'title'],
    ['a length below nothing', { type: 'string', minLength: -1 }, 'INVALID_VALUE', 'minLength'],
    ['no room at all', { type: 'string', maxLength: 0 }, 'INVALID_VALUE', 'maxLength'],
    ['a fraction of a character', { type: 'string', maxLength: 1.5 }, 'INVALID_VALUE', 'maxLength'],
    ['a bound that is a text', { type: 'integer', minimum: '1' }, 'INVALID_VALUE', 'minimum'],
    ['a bound without end', { type: 'integer', minimum: Infinity }, 'INVALID_VALUE', 'minimum'],
    ['an empty list of values', { type: 'enum', enum: [] }, 'INVALID_VALUE', 'enum'],
    ['values that are no texts', { type: 'enum', enum: [1] }, 'INVALID_VALUE', 'enum'],
    ['a default of the wrong type', { type: 'integer', default: 'x' }, 'INVALID_VALUE', 'default'],
    ['a default out of bounds', { type: 'integer', maximum: 5, default: 6 }, 'INVALID_VALUE', 'default'],
    ['a default that is not listed', { type: 'enum', enum: ['a'], default: 'b' }, 'INVALID_VALUE', 'default'],
    ['a default that is too long', { type: 'string', maxLength: 2, default: 'abc' }, 'INVALID_VALUE', 'default'],
    ['a default on no day', { type: 'dateOnly', default: '2025-02-29' }, 'INVALID_VALUE', 'default'],
  ])('with %s', (_, definition, code, path) => {
    expect(fault(definition)).toMatchObject({ status: 400, code, path })
  })

  it.each<[string, Record<string, unknown>]>([
    ['pattern must be a regular expression', { type: 'string', pattern: '(' }],
    ['pattern must be a regular expression', { type: 'text', pattern: '\\p{Nonsense}' }],
    ['an enum needs its values: "enum": ["a", "b"]', { type: 'enum' }],
    ['a scale needs a precision', { type: 'decimal', scale: 2 }],
    ['precision must be 1 to 1000', { type: 'decimal', precision: 0 }],
    ['precision must be 1 to 1000', { type: 'decimal', precision: 1001 }],
    ['scale is larger than precision', { type: 'decimal', precision: 2, scale: 3 }],
  ])('because %s', (message, definition) => {
    expect(fault(definition)).toMatchObject({ status: 400, code: 'INVALID_VALUE', message })
  })
})

describe('a field in code', () => {
  it('is required, unless it may be absent', () => {
    expect(f.string().options).toEqual({ required: true })
    expect(f.string({ maxLength: 3 }).maybe().options).toEqual({ maxLength: 3, required: false })
  })

  it('with a default holds that or a value, never null', () => {
    expect(f.boolean().default(false)).toMatchObject({
      optional: true,
      fallback: false,
      options: { required: true, default: false },
    })
    expect(f.string().maybe().default('x').options).toEqual({ required: true, default: 'x' })
  })

  it('that fills itself may be left out, and is never null', () => {
    expect(f.uuid()).toMatchObject({ optional: true, generated: true, options: { required: true } })
    expect(f.nanoid().maybe().options).toEqual({ required: false })
  })

  it('says what it is in plain data', () => {
    const { kind, options } = f.enum(['a', 'b'], { title: 'State' })
    expect({ kind, options }).toEqual({ kind: 'enum', options: { title: 'State', enum: ['a', 'b'], required: true } })
  })
})
