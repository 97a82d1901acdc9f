/** A pair of surrogates: one character that a pattern without the flag `u` sees as two. */
const pair = '[\\uD800-\\uDBFF][\\uDC00-\\uDFFF]'

/** What the flag means, written out: any character but these, be it a pair. */
const except = (characters: string): string => `(?:${pair}|[^${characters}\\uD800-\\uDFFF])`

/** What a class leaves out, for those that leave out something. */
const leftOut: Readonly<Record<string, string>> = {
  '.': '\\n\\r\\u2028\\u2029',
  '\\S': '\\s',
  '\\D': '\\d',
  '\\W': '\\w',
}

/** A class, an escape, or one character; what follows it says how often. */
const token = /\[(?:\\.|[^\]\\])*\]|\\.|[\s\S]/gu
/** Names of properties, code points, and characters beyond 16 bits need the flag. */
const needsFlag = /\\[pP]\{|\\u\{|[\u{10000}-\u{10FFFF}]/u

/** What is in a class whose pairs are its own affair. */
const isNegative = (part: string): boolean => part.startsWith('[^') || leftOut[part] !== undefined

function rewritten(part: string): string | undefined {
  const known = leftOut[part]
  if (known !== undefined) return except(known)
  const inside = part.slice(2, -1)
  return /\\[SDW]/.test(inside) ? undefined : except(inside)
}

/**
 * A pattern of ours, which has the flag `u`, as one that means the same with and without it: whoever reads the API document
 * may compile it either way. Repeated without a number, halves of pairs add up to the same.
 *
 * @returns undefined when there is none
 */
export function plainPattern(pattern: string): string | undefined {
  if (needsFlag.test(pattern)) return undefined
  const parts = pattern.match(token) ?? []
  const plain = parts.map((part, index) => {
    const next = parts[index + 1]
    if (part.startsWith('[') && !part.startsWith('[^') && /\\[SDW]/.test(part)) return undefined
    return isNegative(part) && next !== '*' && next !== '+' ? rewritten(part) : part
  })
  return plain.includes(undefined) ? undefined : plain.join('')
}
