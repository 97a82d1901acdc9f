import type { Executor } from '../../database/executor.js'
import type { Condition } from '../../database/filter/condition.js'
import { Records } from '../../database/records.js'
import { wire } from '../../kernel/wire-errors.js'
import type { ActionCall } from '../action.js'
import { flagParameter, parameter } from '../parameters.js'
import type { Target } from '../target.js'
import type { CrudCall } from './crud.js'

/** `count=only`: the answer to a write is the number of its records. @throws 400 INVALID_QUERY */
export function wantsCountOnly(call: ActionCall): boolean {
  const given = parameter(call, 'count', false)
  if (given.value === 'only') return true
  flagParameter('count', given, true)
  return false
}

const tooMany = (limit: number): Error => wire.RESULT_TOO_LARGE({ limit: `${limit} rows` })

/** Asks before the write whether a filter finds more records than one answer holds. @throws 400 RESULT_TOO_LARGE */
export async function requireFew({ collection, context }: CrudCall, executor: Executor, condition: Condition) {
  const { clock, limits } = context
  const records = new Records(collection, executor, clock, null)
  if ((await records.countUpTo(condition, limits.unpaged + 1)) > limits.unpaged) throw tooMany(limits.unpaged)
}

/** More may have come since they were counted. @throws 400 RESULT_TOO_LARGE, which rolls the write back */
export function requireFewWritten({ context: { limits } }: CrudCall, written: readonly unknown[]): void {
  if (written.length > limits.unpaged) throw tooMany(limits.unpaged)
}

/** One record needs no bound. */
export const isOne = ({ single }: Target, { toOne = false }: CrudCall): boolean => single || toOne

/** Records that are written at once where all of them together have no bound. */
const batchSize = 1000

/**
 * Does something with all records that a condition finds, so many at a time: hooks, rules for rows and listeners get all
 * of them, and nobody holds all of them in memory.
 *
 * @returns how many there were
 */
export async function inBatches(
  { collection, context }: CrudCall,
  executor: Executor,
  condition: Condition,
  work: (batch: Condition) => Promise<number>,
): Promise<number> {
  const records = new Records(collection, executor, context.clock, null)
  let count = 0
  for await (const batch of records.batches(condition, batchSize)) count += await work(batch)
  return count
}
