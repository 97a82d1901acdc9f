import { RE2JS } from 're2js'

/** A pattern uses what cannot be matched in linear time, or is too large. The message is for whoever wrote it. */
export class UnsupportedPattern extends Error {}

/** Instructions of a compiled pattern; what it repeats counts as often as it is repeated. */
const maxInstructions = 3000
/** The largest count of `{n,m}` that the engine takes, counts within counts multiplied. */
const maxRepeats = 1000
/** A property of Unicode is a list of hundreds of ranges. */
const propertyWeight = 20

const hex = (code: number): string => `\\x{${code.toString(16)}}`
const lineEnds = '\\x{a}\\x{d}\\x{2028}\\x{2029}'
/** `\s` of ECMAScript, and what it leaves; the engine's own knows ASCII only. */
const space =
  '\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}'
const noSpace =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}'
const everything = '\\x{0}-\\x{10ffff}'
const sets: Readonly<Record<string, string>> = { d: '\\d', D: '\\D', w: '\\w', W: '\\W', s: space, S: noSpace }
const controls: Readonly<Record<string, number>> = { 0: 0, t: 9, n: 10, v: 11, f: 12, r: 13 }

/** Long names of the general categories of Unicode; the engine knows the short ones. */
const categories: ReadonlyMap<string, string> = new Map(
  'Letter L,Lowercase_Letter Ll,Uppercase_Letter Lu,Titlecase_Letter Lt,Modifier_Letter Lm,Other_Letter Lo,Mark M,Number N,Decimal_Number Nd,Letter_Number Nl,Other_Number No,Punctuation P,Symbol S,Math_Symbol Sm,Currency_Symbol Sc,Separator Z,Space_Separator Zs,Other C,Control Cc'
    .split(',')
    .map((pair): [string, string] => [pair.split(' ')[0] ?? '', pair.split(' ')[1] ?? '']),
)

const property = (name: string): string => {
  const plain = name.replace(/^(?:Script|sc|General_Category|gc)=/, '')
  return categories.get(plain) ?? plain
}

const knownProperties = new Set<string>()

/** Which properties there are is for the engine to say; those that it knows are asked for once. */
function isKnownProperty(name: string): boolean {
  if (knownProperties.has(name)) return true
  try {
    RE2JS.compile(`\\p{${name}}`)
    knownProperties.add(name)
    return true
  } catch {
    return false
  }
}

/** How much the parts of a group weigh that were read so far, and the last of them, which may yet be repeated. */
interface Weight {
  before: number
  last: number
  /** How often the innermost of it is repeated, by counts within counts. */
  times: number
  lastTimes: number
}

const nothing = (): Weight => ({ before: 0, last: 0, times: 1, lastTimes: 1 })

/** Something in a class, or an escape: one code point, or a set that stands in brackets. */
type Member = { readonly code: number } | { readonly set: string; readonly weight: number }

/**
 * Rewrites a regular expression of ECMAScript (with the flag `u`, which it was already checked with) for an engine that
 * works in linear time, so that it finds the same texts.
 */
class Translation {
  #at = 0
  readonly #open: Weight[] = []
  #weight: Weight = nothing()

  constructor(private readonly pattern: string) {}

  /** @throws UnsupportedPattern */
  run(): string {
    const parts: string[] = []
    while (this.#at < this.pattern.length) parts.push(this.#next())
    if (this.#weight.before + this.#weight.last > maxInstructions) throw new UnsupportedPattern('is too large')
    return parts.join('')
  }

  #next(): string {
    const character = this.#take()
    if (character === '(') return this.#group()
    if (character === ')') return this.#end()
    if (character === '|') return this.#atom('|')
    if (character === '^') return this.#atom('\\A')
    if (character === '$') return this.#atom('\\z')
    if (character === '.') return this.#atom(`[^${lineEnds}]`)
    if (character === '[') return this.#class()
    if ('*+?'.includes(character)) return this.#repeat(character, 1)
    if (character === '{') return this.#count()
    if (character === '\\' && /^[bB]/.test(this.#rest(1))) return this.#atom(`\\${this.#take()}`)
    const member = character === '\\' ? this.#escape() : { code: character.codePointAt(0) ?? 0 }
    return 'code' in member ? this.#atom(hex(member.code)) : this.#atom(`[${member.set}]`, member.weight)
  }

  /** The next code point. */
  #take(): string {
    const character = String.fromCodePoint(this.pattern.codePointAt(this.#at) ?? 0)
    this.#at += character.length
    return character
  }

  #rest(length: number): string {
    return this.pattern.slice(this.#at, this.#at + length)
  }

  #atom(text: string, weight = 1, times = 1): string {
    const { before, last, times: most, lastTimes } = this.#weight
    this.#weight = { before: before + last, last: weight, times: Math.max(most, lastTimes), lastTimes: times }
    return text
  }

  /** Groups only group: what they caught nobody asks for. */
  #group(): string {
    const [start = ''] = /^\?(?:<[=!]|<[^>]*>|.)|^/u.exec(this.pattern.slice(this.#at)) ?? []
    if (/^\?(?:[=!]|<[=!])/.test(start)) throw new UnsupportedPattern('looks ahead or behind')
    if (start !== '' && start !== '?:' && !start.startsWith('?<')) throw new UnsupportedPattern('has flags')
    this.#at += start.length
    this.#open.push(this.#weight)
    this.#weight = nothing()
    return '(?:'
  }

  #end(): string {
    const { before, last, times, lastTimes } = this.#weight
    this.#weight = this.#open.pop() ?? nothing()
    return this.#atom(')', before + last + 1, Math.max(times, lastTimes))
  }

  /** Whether it takes as much or as little as it can changes what is caught, not what is found. */
  #repeat(text: string, times: number): string {
    if (this.#rest(1) === '?') this.#at++
    this.#weight.last *= Math.max(1, times)
    return text
  }

  #count(): string {
    const [text = '', from = '', comma, to = ''] = /^(\d+)(,?)(\d*)\}/.exec(this.pattern.slice(this.#at)) ?? []
    this.#at += text.length
    const most = Math.max(Number(from), Number(to))
    this.#weight.lastTimes *= Math.max(1, most)
    if (this.#weight.lastTimes > maxRepeats)
      throw new UnsupportedPattern(`repeats something more than ${maxRepeats} times`)
    return this.#repeat(`{${from}${comma ?? ''}${to}}`, most + 1)
  }

  #class(): string {
    const isNegated = this.#rest(1) === '^'
    if (isNegated) this.#at++
    const parts: string[] = []
    let weight = 1
    while (this.#rest(1) !== ']') {
      const member = this.#member()
      if ('set' in member) weight += member.weight
      parts.push('set' in member ? member.set : this.#range(member.code))
    }
    this.#at++
    if (parts.length === 0) return this.#atom(isNegated ? `[${everything}]` : `[^${everything}]`)
    return this.#atom(`[${isNegated ? '^' : ''}${parts.join('')}]`, weight + parts.length / 10)
  }

  #range(from: number): string {
    if (!/^-[^\]]/.test(this.#rest(2))) return hex(from)
    this.#at++
    const to = this.#member()
    return 'code' in to ? `${hex(from)}-${hex(to.code)}` : `${hex(from)}${hex(45)}${to.set}`
  }

  #member(): Member {
    const character = this.#take()
    if (character !== '\\') return { code: character.codePointAt(0) ?? 0 }
    if (this.#rest(1) !== 'b') return this.#escape()
    this.#at++
    return { code: 8 }
  }

  #escape(): Member {
    const name = this.#take()
    const set = sets[name]
    if (set !== undefined) return { set, weight: 1 }
    const control = controls[name]
    if (control !== undefined) return { code: control }
    if (/[1-9k]/.test(name)) throw new UnsupportedPattern('refers back to a group')
    if (name === 'p' || name === 'P') return this.#property(name)
    if (name === 'c') return { code: (this.#take().codePointAt(0) ?? 0) % 32 }
    if (name === 'x' || name === 'u') return { code: this.#code() }
    return { code: name.codePointAt(0) ?? 0 }
  }

  #property(sign: string): Member {
    const [text = '', name = ''] = /^\{([^}]*)\}/.exec(this.pattern.slice(this.#at)) ?? []
    this.#at += text.length
    if (!isKnownProperty(property(name))) throw new UnsupportedPattern(`has \\${sign}${text}`)
    return { set: `\\${sign}{${property(name)}}`, weight: propertyWeight }
  }

  /** `\x41`, `\u0041`, `\u{1f600}`, `\ud83d\ude00`. */
  #code(): number {
    const form = /^(?:\{([\da-f]+)\}|(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})|([\da-f]{4}))/i
    if (this.pattern[this.#at - 1] === 'x') return Number.parseInt(this.#skip(2), 16)
    const [text = '', braced, high, low, plain] = form.exec(this.#rest(14)) ?? []
    this.#at += text.length
    const code =
      high !== undefined && low !== undefined
        ? (String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)).codePointAt(0) ?? 0)
        : Number.parseInt(braced ?? plain ?? '0', 16)
    if (code >= 0xd800 && code <= 0xdfff) throw new UnsupportedPattern('has half a surrogate pair')
    return code
  }

  #skip(length: number): string {
    const text = this.#rest(length)
    this.#at += length
    return text
  }
}

/** Finds a regular expression in texts, in time that grows with the text and the expression, and no faster. */
export interface LinearExpression {
  /** Instructions. A code point of the text takes so many steps at most. */
  readonly size: number
  test(text: string): boolean
}

/**
 * Rewrites a regular expression of ECMAScript (flag `u`) for the engine, without compiling it.
 *
 * @throws SyntaxError when it is none; UnsupportedPattern for what takes more than linear time, or too much of it
 */
export function translatePattern(pattern: string): string {
  // What is valid only in the other engine's language would mean something else to clients, or nothing.
  new RegExp(pattern, 'u')
  return new Translation(pattern).run()
}

/** Compiles what `translatePattern` made: some milliseconds for the largest. */
export function compileTranslated(translated: string): LinearExpression {
  const expression = RE2JS.compile(translated)
  return { size: expression.programSize(), test: (text) => expression.test(text) }
}
