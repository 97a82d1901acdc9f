import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseExactJson, TooMany } from '../../src/schema/exact-json.js'

const parse = (text: string, values = 200_000): unknown => parseExactJson(Buffer.from(text), { depth: 64, values })
const countOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, member: unknown) => sum + countOf(member), 1)
    : 1

describe('a JSON text', () => {
  it('is what JSON.parse makes of it, and has exactly the values that its limit counts', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 1, 2), (text, indent) => {
        const expected: unknown = JSON.parse(text)
        fc.pre(!/__proto__|constructor/.test(text))
        const written = JSON.stringify(expected, undefined, indent)
        const count = countOf(expected)
        expect(JSON.stringify(parse(written, count))).toBe(JSON.stringify(expected))
        if (count > 1) expect(() => parse(written, count - 1)).toThrow(TooMany)
      }),
      { numRuns: 300 },
    )
  })

  it('has texts of any length, with quotes and backslashes anywhere', () => {
    const units = fc.constantFrom('a'.repeat(47), 'a'.repeat(48), 'é', '"', '\\', '\\"', '\n', '[', '{', ',', ':', '1')
    fc.assert(
      fc.property(fc.array(units, { maxLength: 30 }), (parts) => {
        const text = parts.join('')
        expect(parse(JSON.stringify([text, text, { [text]: text }]), 5)).toEqual([text, text, { [text]: text }])
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['zeros between digits', `1${'0'.repeat(300_000)}1e-300001`],
    ['zeros behind the point', `0.${'0'.repeat(300_000)}1e300001`],
    ['digits', '9'.repeat(300_000)],
    ['escaped quotes', `"${'\\"'.repeat(1_000_000)}"`],
    ['backslashes', `"${'\\\\'.repeat(1_000_000)}"`],
  ])('is read in linear time: %s', (_what, text) => expect(parse(`{"a":${text}}`)).toBeDefined())
})
