import { inspect } from 'node:util'
import { type Logger } from '@postern/core'

export interface CollectedLog {
  readonly log: Logger
  /** Everything that was logged so far, errors with all that hangs on them: before anything is redacted. */
  text(): string
}

/** A log that can be searched for what must not be in it. */
export function collectLog(): CollectedLog {
  const lines: string[] = []
  const write = (...parts: readonly unknown[]): void =>
    void lines.push(inspect(parts, { depth: 12, maxStringLength: null, maxArrayLength: null, showHidden: true }))
  const log: Logger = { trace: write, debug: write, info: write, warn: write, error: write, child: () => log }
  return { log, text: () => lines.join('\n') }
}
