import { AppError, defineErrors } from '../kernel/errors.js'
import { violatedBy } from './constraint-columns.js'
import type { Result } from './executor.js'
import { translateDatabaseError } from './postgres-errors.js'
import { behindSequence, putRight } from './sequences.js'
import type { Statement } from './sql.js'

const errors = defineErrors('DATABASE', {
  SEQUENCE_MENDED: {
    status: 503,
    message: 'The ids of "{table}" had been given out past the server; that is put right now, so try again',
    hint: 'Somebody inserted records with ids of their own. Nothing is to be done: the next try works.',
  },
})

export const isSequenceMended = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'DATABASE_SEQUENCE_MENDED'

/**
 * What a statement is refused with. Where the ids of rows had got ahead of their sequence, that is put right.
 *
 * @param ask runs a statement on a connection that does not depend on the one where it failed
 */
export async function refusalOf(
  error: unknown,
  statement: Statement,
  ask: (statement: Statement) => Promise<Result>,
): Promise<unknown> {
  const violated = await violatedBy(error, statement, ask)
  const translated = translateDatabaseError(error, violated)
  const behind = behindSequence(violated.columns, statement)
  if (!behind) return translated
  try {
    const { count } = await ask(putRight(behind))
    return count === 0
      ? translated
      : errors.SEQUENCE_MENDED({ table: behind.table }, error).withHeaders({ 'Retry-After': '1' })
  } catch {
    return translated
  }
}
