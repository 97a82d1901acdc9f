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
  /** It inserts records whose ids the sequence of this table gives. */
  readonly numbered?: Numbered
}

/** A table whose ids come from a sequence, and what sees all of its rows. */
export interface Numbered {
  readonly table: string
  readonly sight: Sight
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
