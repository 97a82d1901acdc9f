import { randomUUID } from 'node:crypto'
import { parse as parseJson } from 'secure-json-parse'
import { ExactNumber, isExact } from './exact-number.js'

const decoder = new TextDecoder('utf-8', { fatal: true })
const options = { protoAction: 'error', constructorAction: 'error' } as const

/** It has more levels than it may. */
export class TooDeep extends Error {}
/** An object says a member twice, of which JavaScript would keep one. */
export class SaidTwice extends Error {}

/** As many digits as JavaScript holds of any number. */
const safeDigits = 15
/** Stands before a number that is kept as text; nobody outside of this process can know it. */
const mark = `exact:${randomUUID()}:`

const code = (character: string): number => character.charCodeAt(0)
const [quote, backslash, minus] = [code('"'), code('\\'), code('-')]
const [openList, closeList, openObject, closeObject] = [code('['), code(']'), code('{'), code('}')]
const [zero, nine] = [code('0'), code('9')]
/** What is no number of JSON is left for the parser to refuse. */
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const isLossy = (text: string): boolean => jsonNumber.test(text) && !isExact(text)

const blanks = new Set([' ', '\t', '\r', '\n'].map(code))
const colon = code(':')

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= nine
const isNumeric = (byte: number | undefined): boolean =>
  byte !== undefined &&
  (isDigit(byte) || byte === minus || byte === code('+') || byte === code('.') || (byte | 32) === code('e'))

/** The position behind a text that begins at `start`. */
function endOfText(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(quote, start + 1); end !== -1; end = bytes.indexOf(quote, end + 1)) {
    let escapes = 0
    while (bytes[end - 1 - escapes] === backslash) escapes++
    if (escapes % 2 === 0) return end + 1
  }
  return bytes.length
}

function endOfNumber(bytes: Buffer, start: number): number {
  let end = start + 1
  while (isNumeric(bytes[end])) end++
  return end
}

/** Does a colon follow? What stands there has to be a text, which is for the parser to say. */
function isName(bytes: Buffer, end: number): boolean {
  let index = end
  while (blanks.has(bytes[index] ?? 0)) index++
  return bytes[index] === colon
}

type Span = readonly [start: number, end: number]

interface Survey {
  /** Where the numbers are whose digits JavaScript would not hold. */
  readonly numbers: readonly Span[]
  /** Members of all objects. */
  readonly members: number
}

/**
 * Looks over a text before it is parsed: parsing millions of levels would take seconds.
 *
 * @throws TooDeep when it is nested deeper than `limit`
 */
function survey(bytes: Buffer, limit: number): Survey {
  const numbers: Span[] = []
  let depth = 0
  let members = 0
  for (let index = 0; index < bytes.length;) {
    const byte = bytes[index]
    if (byte === quote) {
      index = endOfText(bytes, index)
    } else if (byte === minus || isDigit(byte)) {
      const end = endOfNumber(bytes, index)
      const mayBeLossy = end - index > safeDigits && !isName(bytes, end)
      if (mayBeLossy && isLossy(bytes.toString('latin1', index, end))) numbers.push([index, end])
      index = end
    } else {
      if (byte === colon) members++
      else if (byte === openList || byte === openObject) depth++
      else if (byte === closeList || byte === closeObject) depth--
      if (depth > limit) throw new TooDeep()
      index++
    }
  }
  return { numbers, members }
}

/** How many members the objects of a value have. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return 0
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  let members = Array.isArray(value) ? 0 : inner.length
  for (const item of inner) members += membersOf(item)
  return members
}

/** The text with those numbers as marked texts. */
function withMarks(bytes: Buffer, numbers: readonly Span[]): Buffer {
  const parts: Uint8Array[] = []
  let done = 0
  for (const [start, end] of numbers) {
    const number = bytes.toString('latin1', start, end)
    parts.push(bytes.subarray(done, start), Buffer.from(JSON.stringify(`${mark}${number}`)))
    done = end
  }
  return Buffer.concat([...parts, bytes.subarray(done)])
}

const revive = (_name: string, value: unknown): unknown =>
  typeof value === 'string' && value.startsWith(mark) ? new ExactNumber(value.slice(mark.length)) : value

/**
 * Parses JSON. Numbers that JavaScript would change are kept as `ExactNumber`.
 *
 * @throws TooDeep; SaidTwice; SyntaxError; TypeError for text that is not UTF-8
 */
export function parseExactJson(bytes: Buffer, depth: number): unknown {
  const { numbers, members } = survey(bytes, depth)
  const text = decoder.decode(numbers.length === 0 ? bytes : withMarks(bytes, numbers))
  const value: unknown = numbers.length === 0 ? parseJson(text, options) : parseJson(text, revive, options)
  if (membersOf(value) < members) throw new SaidTwice()
  return value
}

/** As deep as PostgreSQL's own parser goes. */
const deepest = 100_000

/** Reads JSON that the database holds, numbers to their last digit. */
export const exactJsonFromText = (text: string): unknown => {
  if (!/[\d.]{16}/.test(text)) return JSON.parse(text)
  const bytes = Buffer.from(text)
  const { numbers } = survey(bytes, deepest)
  return numbers.length === 0 ? JSON.parse(text) : JSON.parse(withMarks(bytes, numbers).toString(), revive)
}
