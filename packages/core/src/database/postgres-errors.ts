import pg from 'pg'
import { AppError } from '../kernel/errors.js'
import { isError } from '../kernel/is-error.js'
import { wire } from '../kernel/wire-errors.js'
import { isOutside, leadsNowhereState, outside } from './sight.js'
import { isStalePlan } from './statement-names.js'

interface PostgresError extends Error {
  readonly code: string
  readonly column?: string
  readonly constraint?: string
  readonly table?: string
  /** The function of PostgreSQL's that refused: a name that no language changes. */
  readonly routine?: string
}

const hasCode = (error: unknown): error is PostgresError =>
  isError(error) && 'code' in error && typeof error.code === 'string'

/** What is known of a refused statement beside the error; the catalogue says which columns its constraint has. */
export interface Refused {
  readonly columns: readonly string[]
  readonly text: string
}

const unknown: Refused = { columns: [], text: '' }

function taken(error: PostgresError, { columns }: Refused): AppError {
  const problem = columns.length === 0 ? 'The value is taken' : `The value of ${columns.join(' and ')} is taken`
  const conflict = wire.CONFLICT({ problem }, error)
  // What comes before it says where the value must be unique.
  const last = columns.at(-1)
  return last === undefined ? conflict : conflict.at(last)
}

const missing = (column: string): string => `${column} refers to a record that is not there`

const updated = /^\s*UPDATE\s+(?:ONLY\s+)?(?:"?\w+"?\.)?(?:"((?:[^"]|"")+)"|(\w+))/i

/**
 * Did the statement write a key that leads nowhere, rather than take away what keys lead to? For both PostgreSQL names the
 * table that holds the key, so the statement tells: what is inserted holds keys, what is deleted has keys lead to it.
 */
function holdsKey({ table }: PostgresError, { columns, text }: Refused): boolean {
  if (/^\s*(INSERT|ALTER)\b/i.test(text)) return true
  const [, quoted, plain] = updated.exec(text) ?? []
  const written = quoted?.replaceAll('""', '"') ?? plain
  if (written === undefined || written !== table) return false
  // Its records may refer to each other: then it depends on which end was written.
  return (
    columns.length === 0 || columns.some((column) => text.includes(`"${column}" =`) || text.includes(`${column} =`))
  )
}

/** A key that leads nowhere is a wrong value; a record that others lead to cannot go. */
function reference(error: PostgresError, refused: Refused): AppError {
  const column = refused.columns.at(-1)
  if (holdsKey(error, refused)) {
    const fault = wire.INVALID_VALUE({ problem: missing(column ?? 'A key') }, error)
    return column === undefined ? fault : fault.at(column)
  }
  const by = error.table === undefined ? '' : ` by records of ${error.table}`
  return wire.CONFLICT({ problem: `The record is still referenced${by}` }, error)
}

/** The wall of a key, which leads nowhere that its part could see. */
const leadsNowhere = (error: PostgresError): AppError => wire.INVALID_VALUE({ problem: missing('A key') }, error)

const invalid = (problem: string) => (error: PostgresError) => wire.INVALID_VALUE({ problem }, error)
export const unavailable = (error: unknown): AppError =>
  wire.UNAVAILABLE(undefined, error).withHeaders({ 'Retry-After': '1' })

/** SQLSTATE → the error that callers see. See https://www.postgresql.org/docs/current/errcodes-appendix.html */
const states: Readonly<Record<string, (error: PostgresError, refused: Refused) => Error>> = {
  23505: taken,
  23503: reference,
  23001: reference,
  // What the catalogue did not tell beforehand.
  '2BP01': (error) => wire.CONFLICT({ problem: 'Something else in the database depends on this' }, error),
  '42P07': (error) => wire.CONFLICT({ problem: 'The name is taken in the database' }, error),
  42710: (error) => wire.CONFLICT({ problem: 'The name is taken in the database' }, error),
  '23P01': (error, refused) => taken(error, refused),
  23502: (error) => {
    const fault = wire.INVALID_VALUE({ problem: `${error.column ?? 'A value'} must not be null` }, error)
    return error.column === undefined ? fault : fault.at(error.column)
  },
  23514: invalid('A value breaks a rule of its collection'),
  22001: invalid('A text is too long'),
  22003: invalid('A number is out of range'),
  22007: invalid('A date or time is not valid'),
  22008: invalid('A date or time is out of range'),
  54000: invalid('A value is too long for the index of its field'),
  54001: invalid('A value is nested too deeply'),
  22021: invalid('A text holds characters that cannot be stored'),
  // Node and PostgreSQL know the zones from lists of their own, which differ in a few old names.
  22023: (error) =>
    /zone/i.test(error.routine ?? '')
      ? wire.INVALID_QUERY({ problem: 'the database does not know the time zone' }, error).at('X-Timezone')
      : error,
  '22P02': invalid('A value has the wrong form'),
  '22P05': invalid('A text holds characters that cannot be stored'),
  // A plan was prepared before its table changed; whoever asks again gets a new one.
  '0A000': (error) => (isStalePlan(error) ? unavailable(error) : error),
  42501: (error) => (isOutside(error.routine) ? outside(error) : error),
  [leadsNowhereState]: leadsNowhere,
  // The server became a standby; whoever takes its place can write.
  25006: unavailable,
  40001: unavailable,
  '40P01': unavailable,
  '55P03': unavailable,
  57014: unavailable,
  // The table changed while the request was on its way: the next try finds it as it is now.
  '42P01': unavailable,
  42703: unavailable,
}

/**
 * The same error with the column that it is about: of a wall only its name is known, and where records are divided, the
 * part is nothing that a caller hears of.
 *
 * @param columnOf the column of a constraint, by its name
 */
export function withColumn(error: unknown, columnOf: (constraint: string) => string | undefined): unknown {
  if (!(error instanceof AppError) || !hasCode(error.cause)) return error
  const { cause } = error
  const column = columnOf(cause.constraint ?? '')
  if (column === undefined) return error
  if (cause.code === '23505') return wire.CONFLICT({ problem: `The value of ${column} is taken` }, cause).at(column)
  if (error.code !== 'INVALID_VALUE') return error
  return wire.INVALID_VALUE({ problem: missing(column) }, cause).at(column)
}

/** Classes of SQLSTATE, and codes of Node, that mean: the database cannot answer now. */
const away = /^(08|53|57P|58)/
const disconnected = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
])
const lost =
  /connection (terminated|error|ended)|not queryable|Client was closed|timeout (exceeded|expired)|read timeout|ConnectionManager\.getConnection was called after|Operation timeout/i

/** The error of the driver under those that wrap it. */
export function driverErrorUnder(error: unknown): unknown {
  if (!isError(error)) return error
  // Of our own errors only this one speaks for the driver.
  const isOurs = error instanceof AppError && error.code === 'UNAVAILABLE'
  const inner: unknown = isOurs ? error.cause : 'parent' in error ? error.parent : undefined
  return isError(inner) ? driverErrorUnder(inner) : error
}

/** Did the driver throw it, or Sequelize, and not somebody's own code? */
export const isDriverError = (error: unknown): boolean =>
  error instanceof pg.DatabaseError || (isError(error) && error.name.startsWith('Sequelize'))

export function isDatabaseAway(error: unknown): boolean {
  if (!isError(error)) return false
  if (/^Sequelize.*(Connection|HostNot|AccessDenied)/.test(error.name)) return true
  const inner = driverErrorUnder(error)
  if (hasCode(inner) && (away.test(inner.code) || disconnected.has(inner.code))) return true
  // The driver's own words; PostgreSQL's are in whatever language its server speaks.
  return isError(inner) && !(inner instanceof pg.DatabaseError) && lost.test(inner.message)
}

/** Did a statement name a table or a column that is not there? */
export function isSchemaGone(error: unknown): boolean {
  const inner = driverErrorUnder(error)
  return hasCode(inner) && (inner.code === '42P01' || inner.code === '42703')
}

/** Turns what the driver throws into an error of the catalogue; what it does not know stays as it is (500). */
export function translateDatabaseError(error: unknown, refused: Refused = unknown): unknown {
  if (error instanceof AppError) return error
  if (isDatabaseAway(error)) return unavailable(error)
  const inner = driverErrorUnder(error)
  if (!hasCode(inner)) return error
  return states[inner.code]?.(inner, refused) ?? error
}
