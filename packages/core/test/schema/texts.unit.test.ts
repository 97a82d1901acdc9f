import { describe, expect, it } from '@jest/globals'
import { fieldKinds } from '../../src/schema/f.js'
import { checkValue, isRefused } from './check-value.js'

const notTexts = [0, 1, true, [], ['a'], {}, new Date(0)]
const unstorable = ['\0', 'a\0b', '\ud800', 'a\udfff', '\udfff\ud800']

describe.each(['string', 'text', 'nanoid'])('%s', (type) => {
  it.each(['', 'a', ' ', '😀', 'Å', '\u0001', '\r\n', '"\'\\%_{{$user.id}}', '\ufffe', '\ufeff'])(
    'takes %p',
    (value) => {
      expect(checkValue({ type }, value)).toEqual({ stored: value })
    },
  )

  it.each(unstorable)('refuses %p, which PostgreSQL cannot store', (value) => {
    expect(checkValue({ type }, value)).toEqual({ refused: 'must be Unicode text without NUL characters' })
  })

  it.each(notTexts)('refuses %p', (value) => {
    expect(checkValue({ type }, value)).toEqual({ refused: 'must be a text' })
  })
})

describe('lengths', () => {
  it('of a string are 255 characters at most, when nothing is said', () => {
    expect(isRefused({ type: 'string' }, 'a'.repeat(255))).toBe(false)
    expect(checkValue({ type: 'string' }, 'a'.repeat(256))).toEqual({ refused: 'must have at most 255 characters' })
  })

  it('of a text have no end', () => {
    expect(isRefused({ type: 'text' }, 'a'.repeat(100_000))).toBe(false)
  })

  it('of a nanoid are 64 characters at most', () => {
    expect(['a'.repeat(64), 'a'.repeat(65)].map((value) => isRefused({ type: 'nanoid' }, value))).toEqual([false, true])
  })

  it.each(['string', 'text'])('of a %s count code points, not UTF-16 units', (type) => {
    const definition = { type, minLength: 3, maxLength: 4 }
    const values = ['😀', '😀😀', '😀😀😀', '😀😀😀😀', '😀😀😀😀😀', 'ab', 'abc', 'abcd', 'abcde', 'e\u0301e\u0301']
    expect(values.filter((value) => !isRefused(definition, value))).toEqual([
      '😀😀😀',
      '😀😀😀😀',
      'abc',
      'abcd',
      'e\u0301e\u0301',
    ])
    expect(checkValue(definition, '😀😀')).toEqual({ refused: 'must have at least 3 characters' })
    expect(checkValue(definition, '😀'.repeat(5))).toEqual({ refused: 'must have at most 4 characters' })
  })
})

describe('patterns', () => {
  it('must be found somewhere in the text', () => {
    const definition = { type: 'string', pattern: 'b+' }
    expect(['abc', 'b', 'ac'].filter((value) => !isRefused(definition, value))).toEqual(['abc', 'b'])
    expect(checkValue(definition, 'ac')).toEqual({ refused: 'must match b+' })
  })

  it('are those of Unicode', () => {
    const definition = { type: 'text', pattern: '^\\p{L}.$' }
    expect(['é😀', 'ab', '1b', 'é😀😀'].filter((value) => !isRefused(definition, value))).toEqual(['é😀', 'ab'])
  })

  it('keep no state from one value to the next', () => {
    const definition = { type: 'string', pattern: 'a' }
    expect([1, 2, 3].map(() => isRefused(definition, 'a'))).toEqual([false, false, false])
  })
})

describe('enum', () => {
  const definition = { type: 'enum', enum: ['new', 'done'] }

  it('takes its values, and nothing else', () => {
    expect(['new', 'done', 'NEW', '', 'new ', 1, null, []].filter((value) => !isRefused(definition, value))).toEqual([
      'new',
      'done',
    ])
    expect(checkValue(definition, 'old')).toEqual({ refused: 'must be one of new, done' })
  })

  it('may limit a string as well', () => {
    const limited = { type: 'string', enum: ['a', 'b'] }
    expect(['a', 'c'].map((value) => isRefused(limited, value))).toEqual([false, true])
  })
})

describe('uuid', () => {
  const plain = '123e4567-e89b-12d3-a456-426614174000'

  it('takes every version, and stores lower case', () => {
    const others = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', plain]
    for (const value of others) expect(checkValue({ type: 'uuid' }, value)).toEqual({ stored: value })
    expect(checkValue({ type: 'uuid' }, plain.toUpperCase())).toEqual({ stored: plain })
  })

  it.each([
    `{${plain}}`,
    `urn:uuid:${plain}`,
    plain.replaceAll('-', ''),
    `${plain}0`,
    plain.slice(1),
    plain.replace('1', 'g'),
    ` ${plain}`,
    '',
    ...notTexts,
  ])('refuses %p', (value) => {
    expect(isRefused({ type: 'uuid' }, value)).toBe(true)
  })
})

describe('kinds that fill themselves', () => {
  it.each(['uuid', 'nanoid'])('%s makes another value each time, and takes what it makes', (type) => {
    const kind = fieldKinds.get(type)
    const made = [kind?.generate?.(), kind?.generate?.()]
    expect(made[0]).not.toBe(made[1])
    for (const value of made) expect(checkValue({ type }, value)).toEqual({ stored: value })
  })
})

describe('json', () => {
  it.each([0, -1.5, '', 'a', true, [], {}, [null, [{ a: null }]], { a: { b: [1, '😀'] } }])('takes %p', (value) => {
    expect(checkValue({ type: 'json' }, value)).toEqual({ stored: value })
    expect(fieldKinds.get('json')?.encode?.(value)).toBe(JSON.stringify(value))
  })

  it.each<[string, unknown]>([
    ['a NUL', '\0'],
    ['a NUL deep inside', { a: [{ b: ['x', { c: 'y\0' }] }] }],
    ['a NUL in a name', [{ 'a\0': 1 }]],
    ['half a surrogate pair deep inside', [[['\udc00']]]],
    ['a number that is none', { a: NaN }],
    ['an overflow', JSON.parse('[1e999]')],
    ['what JSON has no word for', { a: undefined }],
    ['a function', { a: () => 1 }],
    ['a BigInt', [1n]],
  ])('refuses %s', (_, value) => {
    expect(isRefused({ type: 'json' }, value)).toBe(true)
  })
})

describe('array', () => {
  it('takes lists of JSON, in their order, with their duplicates', () => {
    for (const value of [[], [1, 1, 'a', null, [2], { b: 3 }]]) {
      expect(checkValue({ type: 'array' }, value)).toEqual({ stored: value })
    }
  })

  it.each([{}, 'a', '[]', 1, true, ['\0'], [NaN], { length: 1 }])('refuses %p', (value) => {
    expect(isRefused({ type: 'array' }, value)).toBe(true)
  })
})
