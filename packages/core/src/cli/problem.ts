import { CommanderError } from 'commander'
import { AppError } from '../kernel/errors.js'

/** What went wrong, as a command tells it. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** The other faults of an input that has several. */
  readonly more?: readonly string[]
}

const usage = 'CLI_USAGE'
const seeHelp = 'Add --help to see how the command is used.'

/** Commander writes `error: unknown command 'lst'`, and in a second line `(Did you mean list?)`. */
function problemOfUsage({ code, message, exitCode }: CommanderError): Problem | undefined {
  // Help and version were asked for and are shown.
  if (exitCode === 0) return undefined
  // Here the help itself is shown, so there is no need to point to it.
  if (code === 'commander.help') return { code: usage, message: 'a command is missing' }
  const [first = '', second] = message.split('\n')
  return {
    code: usage,
    message: first.replace(/^error: /, ''),
    hint: second === undefined ? seeHelp : second.replace(/^\((.*)\)$/, '$1'),
  }
}

/** What to tell about whatever a command threw; undefined when there is nothing to tell. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof CommanderError) return problemOfUsage(error)
  if (error instanceof AppError) {
    const { code, message, hint, all = [] } = error
    return {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      more: all.slice(1).map((fault) => fault.message),
    }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'INTERNAL', message, hint: 'Run it again with LOG_LEVEL=debug to see where it happened.' }
}
