import { describe, expect, it } from '@jest/globals'
import { fieldKinds } from '../../src/schema/f.js'
import { checkValue, isRefused } from './check-value.js'

const notNumbers = ['1', '', true, false, [], [1], {}, NaN, Infinity, -Infinity, 1n]

describe('integer', () => {
  it.each([0, -0, 1, -1, 2_147_483_647, -2_147_483_648, 1e3])('takes %p', (value) => {
    expect(checkValue({ type: 'integer' }, value)).toEqual({ stored: value })
  })

  it.each([2_147_483_648, -2_147_483_649, 0.5, 1e-9, 2 ** 53, ...notNumbers])('refuses %p', (value) => {
    expect(isRefused({ type: 'integer' }, value)).toBe(true)
  })

  it('holds to its bounds, both included, within those of 32 bits', () => {
    const definition = { type: 'integer', minimum: -2, maximum: 3 }
    const taken = [-3, -2, 3, 4].filter((value) => !isRefused(definition, value))
    expect(taken).toEqual([-2, 3])
    expect(checkValue(definition, 4)).toEqual({ refused: 'must be at most 3' })
    expect(checkValue({ type: 'integer', maximum: 1e12 }, 2_147_483_648)).toEqual({
      refused: 'must be at most 2147483647',
    })
  })
})

describe('bigInt', () => {
  it.each([
    0,
    2 ** 53 - 1,
    -(2 ** 53) + 1,
    '9007199254740992',
    '9223372036854775807',
    '-9223372036854775808',
    '+5',
    '007',
  ])('takes %p', (value) => {
    expect(checkValue({ type: 'bigInt' }, value)).toEqual({ stored: value })
  })

  it.each([
    2 ** 53,
    -(2 ** 53),
    1e21,
    0.5,
    NaN,
    Infinity,
    '9223372036854775808',
    '-9223372036854775809',
    '1.0',
    '1e3',
    '0x10',
    ' 1',
    '1 ',
    '',
    '-',
    '٣',
    '12345678901234567890',
    true,
    [],
    {},
    1n,
  ])('refuses %p', (value) => {
    expect(isRefused({ type: 'bigInt' }, value)).toBe(true)
  })

  it('holds to its bounds, both included', () => {
    const definition = { type: 'bigInt', minimum: -2, maximum: 3 }
    expect([-3, '-2', 3, '4'].filter((value) => !isRefused(definition, value))).toEqual(['-2', 3])
  })

  it('reads text of a query as a number as far as that is exact', () => {
    const read = fieldKinds.get('bigInt')?.fromText
    expect(['12', '-12', '9007199254740991', '9007199254740992', '1.5', 'x', ''].map((text) => read?.(text))).toEqual([
      12,
      -12,
      9007199254740991,
      '9007199254740992',
      '1.5',
      'x',
      '',
    ])
  })
})

describe.each(['float', 'double'])('%s', (type) => {
  it.each([0, -0, 0.1, -1.5, 5e-324, 1.7976931348623157e308, 2 ** 60])('takes %p', (value) => {
    expect(checkValue({ type }, value)).toEqual({ stored: value })
  })

  it.each(notNumbers)('refuses %p', (value) => {
    expect(isRefused({ type }, value)).toBe(true)
  })

  it('refuses what JSON overflows to', () => {
    expect(isRefused({ type }, JSON.parse('1e400'))).toBe(true)
  })

  it('holds to its bounds, both included', () => {
    const definition = { type, minimum: -0.5, maximum: 0.5 }
    expect([-0.51, -0.5, 0.5, 0.51].filter((value) => !isRefused(definition, value))).toEqual([-0.5, 0.5])
  })
})

describe('numbers in a query', () => {
  it.each<[string, unknown]>([
    ['2', 2],
    ['-2.5', -2.5],
    ['+1', 1],
    ['.5', 0.5],
    ['1e3', 1000],
    ['1E-2', 0.01],
    ['', ''],
    [' ', ' '],
    ['0x10', '0x10'],
    ['Infinity', 'Infinity'],
    ['NaN', 'NaN'],
    ['1_000', '1_000'],
    ['1,5', '1,5'],
  ])('%p is read as %p', (text, value) => {
    expect(fieldKinds.get('integer')?.fromText?.(text)).toBe(value)
    expect(fieldKinds.get('double')?.fromText?.(text)).toBe(value)
  })
})

describe('decimal', () => {
  it.each<[unknown, string]>([
    ['12.50', '12.50'],
    ['-0.1', '-0.1'],
    ['+7', '+7'],
    ['.5', '.5'],
    ['5.', '5.'],
    [12.5, '12.5'],
    [0, '0'],
    [1e-7, '0.0000001'],
    [-1.5e-10, '-0.00000000015'],
    [1e21, '1000000000000000000000'],
    [1.5e22, '15000000000000000000000'],
    ['0'.repeat(500), '0'.repeat(500)],
    [`${'9'.repeat(60)}.${'9'.repeat(40)}`, `${'9'.repeat(60)}.${'9'.repeat(40)}`],
  ])('takes %p', (value, stored) => {
    expect(checkValue({ type: 'decimal' }, value)).toEqual({ stored })
  })

  it.each([
    '',
    '.',
    '-',
    '1e3',
    '1,5',
    ' 1',
    '1 ',
    'NaN',
    'Infinity',
    '0x1',
    '1.2.3',
    '9'.repeat(101),
    1e101,
    1e-101,
    NaN,
  ])('refuses %p', (value) => expect(isRefused({ type: 'decimal' }, value)).toBe(true))

  it.each([true, [], {}, 1n])('refuses %p', (value) => {
    expect(checkValue({ type: 'decimal' }, value)).toEqual({ refused: 'must be a decimal number' })
  })

  it('holds to its precision and scale', () => {
    const definition = { type: 'decimal', precision: 5, scale: 2 }
    const values = ['999.99', '-999.99', '000999.9', '0.01', '1000', '999.999', '0.001', '99999']
    expect(values.filter((value) => !isRefused(definition, value))).toEqual(['999.99', '-999.99', '000999.9', '0.01'])
    expect(checkValue(definition, '1000')).toEqual({ refused: 'has more digits than the field holds' })
  })

  it('has no digits behind the point when it names a precision alone', () => {
    const definition = { type: 'decimal', precision: 3 }
    expect(['999', '1000', '1.5'].filter((value) => !isRefused(definition, value))).toEqual(['999'])
  })

  it('holds to its bounds, both included', () => {
    const definition = { type: 'decimal', minimum: 0, maximum: 9.5 }
    expect(['-0.01', '0', '9.50', '9.51'].filter((value) => !isRefused(definition, value))).toEqual(['0', '9.50'])
  })
})

describe('boolean', () => {
  it.each([true, false])('takes %p', (value) => {
    expect(checkValue({ type: 'boolean' }, value)).toEqual({ stored: value })
  })

  it.each(['true', 'false', 1, 0, '', [], {}])('refuses %p', (value) => {
    expect(isRefused({ type: 'boolean' }, value)).toBe(true)
  })

  it('reads text of a query', () => {
    const read = fieldKinds.get('boolean')?.fromText
    expect(['true', 'false', '1', '0', 'yes', 'TRUE', '', 'constructor'].map((text) => read?.(text))).toEqual([
      true,
      false,
      true,
      false,
      'yes',
      'TRUE',
      '',
      'constructor',
    ])
  })
})
