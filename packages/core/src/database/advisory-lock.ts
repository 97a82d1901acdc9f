import { AppError, defineErrors } from '../kernel/errors.js'
import type { Transaction } from './executor.js'

const errors = defineErrors('LOCK', {
  BUSY: {
    status: 409,
    message: 'Another command is at work ({name}); it did not finish within {seconds} s',
    hint: 'Try again when it is done. If its process is gone, PostgreSQL frees the lock with its connection.',
  },
})

/** The advisory locks of the server, by a number that nothing else in the database uses. */
const keys = { migrations: 7_367_001, plugins: 7_367_002, collections: 7_367_003 } as const

const patience = 10

/**
 * How long to wait; and, as PostgreSQL otherwise notices only at the end of a statement that its client is gone, to look
 * for that: whoever is killed in the middle of a long one would hold the lock, and the next start would find it taken.
 * Not every system can look for it.
 */
const prepare = `SELECT set_config('lock_timeout', $1, true), set_config('client_connection_check_interval',
  CASE WHEN version() LIKE '%linux%' THEN '1s' ELSE '0' END, true)`

/** Waits for a lock that is held to the end of the transaction. @throws 409 LOCK_BUSY after 10 s */
export async function takeLock(transaction: Transaction, name: keyof typeof keys): Promise<void> {
  await transaction.run({ text: prepare, values: [`${patience}s`] })
  try {
    await transaction.run({ text: 'SELECT pg_advisory_xact_lock($1)', values: [keys[name]] })
  } catch (error) {
    const cause = error instanceof AppError ? error.cause : error
    if (cause instanceof Error && 'code' in cause && cause.code === '55P03')
      throw errors.BUSY({ name, seconds: patience }, error)
    throw error
  }
  await transaction.run({ text: 'SET LOCAL lock_timeout = 0', values: [] })
}

export const isLockBusy = (error: unknown): boolean => error instanceof AppError && error.code === 'LOCK_BUSY'

/** What names are locked for: the first of two keys, apart from the single ones above. */
const spaces = { values: 7_367_011, records: 7_367_012 } as const

/**
 * Waits for a lock on a name, held to the end of the transaction. Names that hash alike share a lock, which costs time
 * and nothing else.
 */
export async function lockName({ run }: Transaction, space: keyof typeof spaces, name: string): Promise<void> {
  await run({ text: 'SELECT pg_advisory_xact_lock($1, hashtext($2))', values: [spaces[space], name], prepared: true })
}
