import { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import { isObject } from './parameters.js'
import { findReading, type Rights } from './rights.js'

/** SQLSTATEs of keys that lead to a record: `foreign_key_violation`, `restrict_violation`. */
const references: readonly unknown[] = ['23503', '23001']

/** The collection that PostgreSQL names as the one in the way. */
function holderOf(error: unknown): string | undefined {
  if (!isObject(error)) return undefined
  const { code, table, cause, parent } = error
  if (references.includes(code) && typeof table === 'string') return table
  return holderOf(cause) ?? holderOf(parent)
}

/** A refusal names no collection that the caller may not read. */
export function discreet(error: unknown, rights: Rights): unknown {
  if (!(error instanceof AppError) || error.status !== 409) return error
  const holder = holderOf(error)
  if (holder === undefined || findReading(rights, holder)) return error
  return wire.CONFLICT({ problem: 'The record is still referenced' }, error)
}
