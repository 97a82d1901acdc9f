import { setTimeout as wait } from 'node:timers/promises'
import type { Connection } from '../database/connection.js'
import { driverErrorUnder, isDatabaseAway } from '../database/postgres-errors.js'
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

/** Wrong user, wrong password, no such database: trying again would not help. */
const isFinal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(28|3D)/.test(error.code)

function reasonOf(error: unknown): string {
  // A host with several addresses: what the first of them said stands for all.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  const text = error instanceof Error ? error.message : String(error)
  return text === '' ? 'no connection' : text
}

/** For an error that only says that nothing can be done now: the same with the reason, when that is the database. */
export function explainAway(error: unknown): unknown {
  const isVague = error instanceof AppError && error.code === 'UNAVAILABLE'
  return isVague && isDatabaseAway(error) ? errors.AWAY({ reason: reasonOf(driverErrorUnder(error)) }, error) : error
}

export interface Patience {
  /** Milliseconds; 0 for one try. */
  readonly limit: number
  /** Ends the waiting early. */
  readonly signal: AbortSignal
}

/** Waits for the database. @throws DATABASE_REFUSED at once, DATABASE_AWAY in the end, AbortError when it is to stop */
export async function connectDatabase(connection: Connection, { limit, signal }: Patience, log: Logger): Promise<void> {
  const end = performance.now() + limit
  for (;;) {
    try {
      return await connection.check()
    } catch (error) {
      const cause = driverErrorUnder(error)
      if (isFinal(cause)) throw errors.REFUSED({ reason: reasonOf(cause) }, error)
      if (!isDatabaseAway(error)) throw error
      if (performance.now() >= end) throw errors.AWAY({ reason: reasonOf(cause) }, error)
      log.warn({ reason: reasonOf(cause) }, 'The database is away; trying again')
      await wait(pause, undefined, { signal })
    }
  }
}
