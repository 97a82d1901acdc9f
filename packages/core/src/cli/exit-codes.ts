import { CommanderError } from 'commander'
import { AppError } from '../kernel/errors.js'

/** What a command's exit code says; never zero for something that failed. */
export const exitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  precondition: 3,
  conflict: 4,
  /** 128 + SIGINT: a second Ctrl-C. */
  interrupted: 130,
} as const

const byStatus: Readonly<Record<number, number>> = {
  400: exitCode.usage,
  404: exitCode.precondition,
  409: exitCode.conflict,
  412: exitCode.precondition,
  503: exitCode.precondition,
}

/** The exit code for whatever a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage
  if (error instanceof AppError) return byStatus[error.status] ?? exitCode.failed
  return exitCode.failed
}
