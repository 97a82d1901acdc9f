import { LRUCache } from 'lru-cache'
import { compileTranslated, translatePattern, UnsupportedPattern, type LinearExpression } from './linear-expression.js'

/** Steps of the engine that one text may take: some 100 ms at worst. */
const maxSteps = 10_000_000
/** Milliseconds that all texts of a call may take together, once they took that many steps. */
const maxMatchMs = 150
/** A step for each code point is not all that it costs. */
const minSize = 8

/** What all fields of all records of a call may spend together on being matched. */
export class MatchBudget {
  #steps = 0
  #spent = 0

  isLeftFor(steps: number): boolean {
    this.#steps += steps
    // Steps are the worst case, milliseconds depend on what else the machine does: refused is what has both against it.
    return steps <= maxSteps && (this.#steps <= maxSteps || this.#spent <= maxMatchMs)
  }

  spend<T>(work: () => T): T {
    const started = performance.now()
    const result = work()
    this.#spent += performance.now() - started
    return result
  }
}

let current: MatchBudget | undefined

/** Runs what checks values; patterns that are matched meanwhile share one budget of time. Nothing in it may wait. */
export function withMatchBudget<T>(check: (budget: MatchBudget) => T): T {
  if (current) return check(current)
  current = new MatchBudget()
  try {
    return check(current)
  } finally {
    current = undefined
  }
}

/** Patterns that are in use are compiled once. */
const compiled = new LRUCache<string, LinearExpression>({ max: 1000 })
/** Compiling costs about as much as this many steps for each character of what is compiled. */
const compileSteps = 1000

/** @returns what is wrong with a pattern; undefined when it can be used. It is not compiled for that. */
export function patternFault(pattern: string): string | undefined {
  try {
    translatePattern(pattern)
    return undefined
  } catch (error) {
    if (!(error instanceof UnsupportedPattern)) return 'pattern must be a regular expression'
    return `pattern ${error.message}: it could not be matched in linear time`
  }
}

/** The engine of a pattern; undefined: it cannot be matched. */
function expressionOf(pattern: string): LinearExpression | undefined {
  const known = compiled.get(pattern)
  if (known) return known
  if (patternFault(pattern) !== undefined) return undefined
  const made = compileTranslated(translatePattern(pattern))
  compiled.set(pattern, made)
  return made
}

const tooLong = 'takes too long to be matched with its pattern'

/** @returns what is wrong with the text; undefined when the pattern is found in it */
export const mismatch = (pattern: string, text: string): string | undefined =>
  withMatchBudget((budget) => {
    if (!compiled.has(pattern) && !budget.isLeftFor(pattern.length * compileSteps)) return tooLong
    return budget.spend(() => matchWithin(budget, pattern, text))
  })

function matchWithin(budget: MatchBudget, pattern: string, text: string): string | undefined {
  const expression = expressionOf(pattern)
  // Such a definition can only be older than the engine. What it would refuse nobody knows, so nothing is let in.
  if (!expression) return 'has a pattern that this server cannot match; the definition of the field must be changed'
  if (!budget.isLeftFor(text.length * Math.max(minSize, expression.size))) return tooLong
  return expression.test(text) ? undefined : `must match ${pattern}`
}
