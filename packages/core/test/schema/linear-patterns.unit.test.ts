import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compileTranslated, translatePattern } from '../../src/schema/linear-expression.js'
import { mismatch, patternFault, withMatchBudget } from '../../src/schema/text-pattern.js'

const found = (pattern: string, text: string): boolean => compileTranslated(translatePattern(pattern)).test(text)

const letters = fc.constantFrom(...'aAzZ09_-.$^|()[]{}*+?/\\ \t\n\r\v\u00a0\u2028\ufeffé😀#&~:,!'.split(/(?:)/u))
const texts = fc.array(letters, { maxLength: 8 }).map((parts) => parts.join(''))
const escaped = letters.map((letter) => letter.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'))
const inClass = letters.map((letter) => letter.replace(/[\\\]^-]/, '\\$&'))
const atoms = fc.oneof(
  escaped,
  fc.constantFrom('.', '\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\b', '\\B', '^', '$', '\\t', '\\0', '\\cM'),
  fc.constantFrom('\\x41', '\\u0041', '\\u{1f600}', '\\ud83d\\ude00', '\\p{L}', '\\P{Letter}', '\\p{Script=Latin}'),
  fc.constantFrom('[]', '[^]', '[a-z]', '[^a-z\\s]', '[\\S\\n]', '[+--]', '[a-]', '[\\b]', '[[:alpha:]', '[\\w-]'),
  fc
    .tuple(fc.constantFrom('', '^'), fc.array(inClass, { maxLength: 4 }))
    .map(([sign, members]) => `[${sign}${members.join('')}]`),
)
const quantifiers = fc.constantFrom('', '', '*', '+', '?', '*?', '+?', '{2}', '{0,2}', '{1,}', '{1,2}?')
/** Not without an end: the engine that is compared with would take years over some. */
const groupQuantifiers = fc.constantFrom('', '', '?', '??', '{2}')
const { pattern: patterns } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 2 },
    fc.tuple(atoms, quantifiers).map(([atom, quantifier]) => atom + (/^(?:\\[bB]|[$^])$/.test(atom) ? '' : quantifier)),
    fc
      .tuple(fc.constantFrom('(', '(?:'), tie('pattern'), groupQuantifiers)
      .map(([open, inner, quantifier]) => `${open}${inner})${quantifier}`),
  ),
  pattern: fc
    .array(fc.array(tie('part'), { maxLength: 3 }), { minLength: 1, maxLength: 2 })
    .map((branches) => branches.map((branch) => branch.join('')).join('|')),
}))

describe('a pattern', () => {
  it('finds what ECMAScript says that it finds', () => {
    fc.assert(
      fc.property(patterns, fc.array(texts, { minLength: 1, maxLength: 6 }), (pattern, samples) => {
        const expression = new RegExp(pattern, 'u')
        expect(samples.map((text) => found(pattern, text))).toEqual(samples.map((text) => expression.test(text)))
      }),
      { numRuns: 300 },
    )
  })

  it('may have groups with names', () => expect(found('(?<year>\\d{4})-', '2026-')).toBe(true))

  it.each([
    ['a look ahead', '(?=a)'],
    ['a look ahead that must fail', '(?!a)'],
    ['a look behind', '(?<=a)b'],
    ['a look behind that must fail', '(?<!a)b'],
    ['a back reference', '(a)\\1'],
    ['a back reference by name', '(?<x>a)\\k<x>'],
    ['half a surrogate pair', '\\ud83d'],
    ['a property that the engine does not know', '\\p{Bidi_Mirrored}'],
  ])('with %s cannot be matched in linear time', (_what, pattern) => {
    expect(patternFault(pattern)).toContain('could not be matched in linear time')
  })

  it.each(['(', '[', '*', 'a**', '\\', '(?i:a', '[[:alpha:]]', 'a{2,1}', '\\Qa\\E', '\\A', '(?P<x>a)', 'x++'])(
    '%p is no regular expression',
    (pattern) => {
      expect(patternFault(pattern)).toBe('pattern must be a regular expression')
    },
  )
})

describe('what a pattern may cost', () => {
  it.each([
    `(?:${'a'.repeat(900)}){1000}`,
    `${'(?:'.repeat(200)}a${'){2}'.repeat(200)}`,
    '(?:x{1000}){1000}',
    `(?:${'[\\p{L}\\P{N}]'.repeat(70)}){9}`,
    'a{1001}',
    '(?:a{2}){501}',
  ])('is bounded before it is compiled: %#', (pattern) => {
    expect(patternFault(pattern)).toMatch(/is too large|more than 1000 times/)
  })

  it('is bounded by the size of what is compiled, whatever is repeated', () => {
    fc.assert(
      fc.property(patterns, fc.integer({ min: 2, max: 700 }), (inner, times) => {
        const pattern = `(?:${inner}){${times}}`
        if (patternFault(pattern) !== undefined) return
        expect(compileTranslated(translatePattern(pattern)).size).toBeLessThan(20_000)
      }),
      { numRuns: 60 },
    )
  })

  it('for one text is bounded before it is matched', () => {
    expect(mismatch('(?:a?b?){500}c', 'b'.repeat(1_000_000))).toBe('takes too long to be matched with its pattern')
    expect(mismatch('^b+$', 'b'.repeat(1_000_000))).toBeUndefined()
  })

  it('is one budget for all fields and records of a call, and the next call has its own', () => {
    const text = 'abc'.repeat(5000)
    const match = (): string | undefined => mismatch('^(?:.*a.*b){100}$', text)
    const results = withMatchBudget(() => {
      const seen: (string | undefined)[] = []
      while (seen.length < 1000 && seen.at(-1) !== 'takes too long to be matched with its pattern') seen.push(match())
      return seen
    })
    expect(results.length).toBeLessThan(1000)
    expect(match()).not.toBe('takes too long to be matched with its pattern')
  })

  it('is refused where a definition is older than the engine: nothing is let in', () => {
    expect(mismatch('^(?=a)', 'a')).toContain('the definition of the field must be changed')
  })
})
