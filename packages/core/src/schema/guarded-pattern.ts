import { createContext, Script } from 'node:vm'

/** Milliseconds that one text may take, of a machine that has other things to do as well. */
const longestTest = 400
/** Milliseconds that all texts together may take within a second. */
const longestInSecond = 300

/** Texts that a pattern without repeated groups decides at once, whatever it is. */
const shortText = 300

/** Only here can a regular expression be interrupted. */
const place: Record<string, unknown> = createContext({ expression: undefined, text: '' })
const test = new Script('expression.test(text)')

/**
 * A regular expression that somebody else wrote. Some take years over a short text, and nothing else would be served
 * meanwhile: they are broken off.
 */
export class GuardedPattern {
  readonly #expression: RegExp
  readonly #isSimple: boolean
  #second = 0
  #spent = 0

  /** @throws SyntaxError */
  constructor(pattern: string) {
    this.#expression = new RegExp(pattern, 'u')
    // Without a repeated group, and with two repetitions at most, the time is quadratic at worst.
    this.#isSimple = !/\)[*+?{]|\\\d|\\k/.test(pattern) && (pattern.match(/[*+}]/g)?.length ?? 0) <= 2
  }

  /** @returns whether the pattern is found; undefined when that took too long */
  test(text: string): boolean | undefined {
    if (this.#isSimple && text.length <= shortText) return this.#expression.test(text)
    const started = performance.now()
    if (started - this.#second > 1000) [this.#second, this.#spent] = [started, 0]
    if (this.#spent > longestInSecond) return undefined
    try {
      Object.assign(place, { expression: this.#expression, text })
      return test.runInContext(place, { timeout: longestTest }) === true
    } catch {
      return undefined
    } finally {
      // Interruptible tests cost a tenth of a millisecond in any case.
      this.#spent += Math.max(0, performance.now() - started - 1)
    }
  }
}
