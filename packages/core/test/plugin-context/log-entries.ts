import { type Logger } from '@postern/core'

export interface LogEntries {
  readonly log: Logger
  /** The entries whose text, or whose error's message, contains this. */
  with(text: string): readonly Readonly<Record<string, unknown>>[]
}

/** A log that keeps what it is told, errors as their messages, with what its children were made for. */
export function logEntries(): LogEntries {
  const kept: Record<string, unknown>[] = []
  const child = (bindings: object): Logger => {
    const write = (...parts: readonly unknown[]): void => {
      const fields = Object.assign({}, ...parts.map((part) => (typeof part === 'object' ? part : { message: part })))
      kept.push({ ...bindings, ...fields, err: fields.err instanceof Error ? fields.err.message : fields.err })
    }
    return {
      trace: write,
      debug: write,
      info: write,
      warn: write,
      error: write,
      child: (more) => child({ ...bindings, ...more }),
    }
  }
  return { log: child({}), with: (text) => kept.filter((entry) => JSON.stringify(entry).includes(text)) }
}
