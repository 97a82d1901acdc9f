import type { CallBudget } from './call-budget.js'
import type { Sight } from './sight.js'

/** One statement for the database: text with `$1 …` and its values. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /** May be kept prepared: its text is one of few. Texts that callers can vary without end must not be. */
  readonly prepared?: boolean
  /** Touches few rows through an index, so it may share a connection with others in flight. */
  readonly quick?: boolean
  /** What of divided collections it sees; unset: what the transaction does that it is in, and else nothing. */
  readonly sight?: Sight
  /** What the call may take of the database; unset: it is the server's own. */
  readonly budget?: CallBudget
  /** What the rows are of: a source whose rows turned out to be large leaves the pipelined connections for a while. */
  readonly source?: object
  /** Changes rows: outside of a transaction it is done with when its rows come, so nothing may refuse it any more. */
  readonly writes?: true
}

/** Quotes a name that the server itself chose from a definition; never a name from a request. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The values of a statement under construction; `add` gives the place holder. */
export class Parameters {
  readonly values: unknown[] = []

  add(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
}

/** Builds a statement from a template: every `${value}` becomes a parameter, never text. */
export function sql(texts: TemplateStringsArray, ...values: readonly unknown[]): Statement {
  return { text: texts.reduce((text, part, index) => `${text}$${index}${part}`), values }
}
