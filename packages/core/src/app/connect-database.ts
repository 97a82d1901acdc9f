import type { Connection } from '../database/connection.js'
import { isDatabaseAway } from '../database/postgres-errors.js'
import { AppError, defineErrors } from '../kernel/errors.js'
import type { Logger } from '../kernel/logger.js'

const errors = defineErrors('DATABASE', {
  REFUSED: {
    status: 503,
    message: 'PostgreSQL refuses the connection: {reason}',
    hint: 'Check user, password and database in DATABASE_URL, or unset it to use the embedded server.',
  },
  AWAY: {
    status: 503,
    message: 'PostgreSQL does not answer: {reason}',
    hint: 'Start it, or check host and port in DATABASE_URL; unset it to use the embedded server.',
  },
})

/** Milliseconds between two tries. */
const pause = 500

/** The error of the driver under those that wrap it. */
function driverError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const inner: unknown = error.cause ?? ('parent' in error ? error.parent : undefined)
  return inner instanceof Error ? driverError(inner) : error
}

/** Wrong user, wrong password, no such database: trying again would not help. */
const isFinal = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string' && /^(28|3D)/.test(error.code)

/** Waits for the database, `patience` milliseconds at most. @throws DATABASE_REFUSED at once, DATABASE_AWAY in the end */
export async function connectDatabase(connection: Connection, patience: number, log: Logger): Promise<void> {
  const end = performance.now() + patience
  for (;;) {
    try {
      return await connection.check()
    } catch (error) {
      const cause = driverError(error)
      if (isFinal(cause)) throw errors.REFUSED({ reason: cause.message }, error)
      if (!isAway(error)) throw error
      if (performance.now() >= end)
        throw errors.AWAY({ reason: cause.message === '' ? 'no connection' : cause.message }, error)
      log.warn({ reason: cause.message }, 'The database is away; trying again')
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
}

const isAway = (error: unknown): boolean =>
  isDatabaseAway(error) || (error instanceof AppError && error.code === 'UNAVAILABLE')
