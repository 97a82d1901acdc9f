import { describe, expect, it } from '@jest/globals'
import { fieldKinds } from '../../src/schema/f.js'
import { describedKinds, nullable, schemasOf } from '../../src/schema/json-schema.js'

describe('fields in the words of JSON Schema', () => {
  it('knows every kind of field, and no other', () => {
    expect([...describedKinds].sort()).toEqual([...fieldKinds.keys()].sort())
  })

  it('says what the options say', () => {
    expect(schemasOf('string', { maxLength: 80, pattern: '^a' }).input).toEqual({
      type: 'string',
      maxLength: 80,
      pattern: '^a',
    })
    expect(schemasOf('string', {}).output).toEqual({ type: 'string', maxLength: 255 })
    expect(schemasOf('integer', { minimum: 1, maximum: 1e12 }).input).toMatchObject({
      minimum: 1,
      maximum: 2 ** 31 - 1,
    })
    expect(schemasOf('enum', { enum: ['a', 'b'] }).input).toEqual({ type: 'string', enum: ['a', 'b'] })
  })

  it('tells what goes in from what comes out', () => {
    expect(schemasOf('decimal', {}).input).toMatchObject({ anyOf: [{ type: 'string' }, { type: 'number' }] })
    expect(schemasOf('decimal', {}).output).toMatchObject({ type: 'string' })
    expect(schemasOf('bigInt', {}).output).toMatchObject({ anyOf: [{ type: 'integer' }, { type: 'string' }] })
    // A key that the server makes is within what JavaScript counts with.
    expect(schemasOf('bigInt', { readOnly: true }).output).toMatchObject({ type: 'integer' })
  })

  it.each([
    [{ type: 'string' }, { type: ['string', 'null'] }],
    [{ type: 'string', enum: ['a'] }, { anyOf: [{ type: 'string', enum: ['a'] }, { type: 'null' }] }],
    [{ anyOf: [{ type: 'number' }] }, { anyOf: [{ type: 'number' }, { type: 'null' }] }],
    [{ description: 'Any JSON' }, { description: 'Any JSON' }],
  ])('%j where null may stand too', (schema, expected) => expect(nullable(schema)).toEqual(expected))
})
