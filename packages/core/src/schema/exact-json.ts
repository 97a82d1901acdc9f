import { randomUUID } from 'node:crypto'
import { parse as parseJson } from 'secure-json-parse'
import { ExactNumber, isExact } from './exact-number.js'

const decoder = new TextDecoder('utf-8', { fatal: true })
const options = { protoAction: 'error', constructorAction: 'error' } as const

/** It has more levels than it may. */
export class TooDeep extends Error {}

/** It has more values than it may. */
export class TooMany extends Error {}

/** Levels, and values on all of them together (names of members are none). */
export interface JsonLimits {
  readonly depth: number
  readonly values: number
}

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

/** Bytes of a text that are looked at one by one; over longer ones Node's own search is quicker. */
const nearBytes = 48

/** The position behind a text that begins at `start`. */
function endOfText(bytes: Buffer, start: number): number {
  let index = start + 1
  while (index < bytes.length) {
    for (const near = index + nearBytes; index < near; index++) {
      const byte = bytes[index]
      if (byte === quote) return index + 1
      if (byte === backslash) index++
    }
    const found = bytes.indexOf(quote, index)
    if (found === -1) return bytes.length
    const escape = bytes.subarray(index, found).indexOf(backslash)
    if (escape === -1) return found + 1
    index += escape
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

const [letterT, letterF, letterN] = [code('t'), code('f'), code('n')]

/** Looks over a text before it is parsed: parsing millions of levels or values would take seconds. */
class Survey {
  readonly numbers: Span[] = []
  #depth = 0
  #values = 0

  constructor(
    private readonly bytes: Buffer,
    private readonly limits: JsonLimits,
  ) {}

  /**
   * @returns where the numbers are whose digits JavaScript would not hold
   * @throws TooDeep, TooMany
   */
  run(): readonly Span[] {
    const { bytes } = this
    for (let index = 0; index < bytes.length;) index = this.#look(index, bytes[index] ?? 0)
    if (this.#values > this.limits.values) throw new TooMany()
    return this.numbers
  }

  #look(index: number, byte: number): number {
    if (byte === quote) return this.#count(endOfText(this.bytes, index))
    if (byte === colon) this.#values--
    else if (byte === openList || byte === openObject) return this.#enter(index)
    else if (byte === closeList || byte === closeObject) this.#depth--
    else if (byte === minus || isDigit(byte)) return this.#number(index)
    else if (byte === letterT || byte === letterF || byte === letterN) return this.#count(index + 1)
    return index + 1
  }

  /** The name of a member is counted until its colon comes. */
  #count(end: number): number {
    if (++this.#values > this.limits.values + 1) throw new TooMany()
    return end
  }

  #enter(index: number): number {
    if (++this.#depth > this.limits.depth) throw new TooDeep()
    return this.#count(index + 1)
  }

  #number(index: number): number {
    const end = endOfNumber(this.bytes, index)
    const mayBeLossy = end - index > safeDigits && !isName(this.bytes, end)
    if (mayBeLossy && isLossy(this.bytes.toString('latin1', index, end))) this.numbers.push([index, end])
    return this.#count(end)
  }
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

/** Puts the numbers in the places of the marked texts. What was parsed is changed: nobody else has it. */
function revive(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(mark) ? new ExactNumber(value.slice(mark.length)) : value
  if (typeof value !== 'object' || value === null) return value
  for (const name of Object.keys(value)) {
    const member: unknown = Reflect.get(value, name)
    const revived = revive(member)
    if (revived !== member) Reflect.set(value, name, revived)
  }
  return value
}

/**
 * Parses JSON. Numbers that JavaScript would change are kept as `ExactNumber`.
 *
 * @throws TooDeep; TooMany; SyntaxError; TypeError for text that is not UTF-8
 */
export function parseExactJson(bytes: Buffer, limits: JsonLimits): unknown {
  const numbers = new Survey(bytes, limits).run()
  if (numbers.length === 0) return parseJson(decoder.decode(bytes), options)
  return revive(parseJson(decoder.decode(withMarks(bytes, numbers)), options))
}
