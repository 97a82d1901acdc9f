import { removeSecrets } from '../kernel/secrets.js'
import { isLockBusy } from '../database/advisory-lock.js'
import type { Connection } from '../database/connection.js'
import { AppError, defineErrors } from '../kernel/errors.js'

/** What can go wrong with a plugin. 412: something must be there first; 409: something is in the way. */
export const pluginErrors = defineErrors('PLUGIN', {
  UNKNOWN: {
    status: 404,
    message: 'There is no plugin "{name}"',
    hint: '`npx postern plugin list` shows those that can be found.',
  },
  IMPORT_FAILED: {
    status: 500,
    message: 'Plugin "{name}" could not be loaded: {reason}',
    hint: 'Mend its source; the log has the stack.',
  },
  WRONG_SHAPE: {
    status: 412,
    message: 'Plugin "{name}" is not well formed: {problem}',
    hint: 'Export the result of definePlugin({ name, setup }) as default.',
  },
  CORE_RANGE: {
    status: 412,
    message: 'Plugin "{name}" needs @postern/core {range}; this is {version}',
    hint: 'Install a version of the plugin that fits, or upgrade the server.',
  },
  UNMET: {
    status: 412,
    message: 'Plugin "{name}" needs {requirement}',
    hint: 'Enable what it needs first, or all at once with --with-requirements.',
  },
  OPTIONS_REFUSED: { status: 412, message: 'The options of plugin "{name}" are refused: {problem}' },
  NEEDED: {
    status: 409,
    message: 'Plugin "{name}" is needed by {dependents}',
    hint: 'Disable those first, or all at once with --cascade.',
  },
  NOT_PROVIDED: {
    status: 500,
    message: 'Plugin "{name}" says that it provides "{token}", but its setup did not',
  },
  SETUP_FAILED: {
    status: 500,
    message: 'Plugin "{name}" could not be enabled: {reason}',
    hint: 'Nothing of it was kept. The log has the stack.',
  },
})

/** Nothing that a plugin is to blame for: another command is at work, or the database is away. */
export async function isNobodysFault(error: unknown, connection: Connection): Promise<boolean> {
  if (isLockBusy(error)) return true
  // A statement of the plugin's own that took too long says the same, but then the database answers.
  return error instanceof AppError && error.code === 'UNAVAILABLE' && !(await connection.isReachable())
}

/** One line why, for an operator: errors that only say that something failed are followed by what did. */
export const reasonOf = (error: unknown): string => removeSecrets(wholeReason(error))

function wholeReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isVague = error instanceof AppError && /^(UNAVAILABLE|MIGRATION_FAILED)$/.test(error.code)
  const cause = isVague ? rootCause(error) : error
  return cause === error ? error.message : `${error.message}: ${wholeReason(cause)}`
}

function rootCause(error: Error): Error {
  const inner: unknown = error.cause ?? ('parent' in error ? error.parent : undefined)
  return inner instanceof Error ? rootCause(inner) : error
}
