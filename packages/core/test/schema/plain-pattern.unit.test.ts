import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { plainPattern } from '../../src/schema/plain-pattern.js'

const patterns = [
  ...[
    '^[A-Z]{2}-\\d+$',
    '^.{3}$',
    '^.+$',
    '^[^@]+@[^@]+$',
    '^[^a]$',
    '^\\S+$',
    '\\S',
    '^\\W{2}$',
    'a.c',
    '^[^\\s@]{1,3}$',
  ],
  ...['^(a|.)b$', '^\\.$', '^[.]$', '^[^\\]]?x$', '^.?$', '^.*$', '^[ab-]\\D$'],
]
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'x', '@', ' ', '1', '.', ']', '😀', 'é', '\n'), maxLength: 5 })

describe('a pattern without flags', () => {
  it.each(patterns)('means the same as with them: %s', (pattern) => {
    const plain = plainPattern(pattern) ?? ''
    fc.assert(
      fc.property(text, (given) => {
        const expected = new RegExp(pattern, 'u').test(given)
        expect([new RegExp(plain).test(given), new RegExp(plain, 'u').test(given)]).toEqual([expected, expected])
      }),
      { numRuns: 300 },
    )
  })

  it.each(['^\\p{L}+$', '^\\u{1F600}$', '^😀$', '^[\\S]$'])('is not made up where there is none: %s', (pattern) =>
    expect(plainPattern(pattern)).toBeUndefined(),
  )

  it('stays as it is where nothing else is meant', () => expect(plainPattern('^[^@]+@.*$')).toBe('^[^@]+@.*$'))
})
