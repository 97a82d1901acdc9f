import pg from 'pg'
import { AppError } from '../kernel/errors.js'
import { isError } from '../kernel/is-error.js'
import { wire } from '../kernel/wire-errors.js'
import { isOutside, outside } from './sight.js'

interface PostgresError extends Error {
  readonly code: string
  readonly detail?: string
  readonly column?: string
  readonly constraint?: string
  readonly table?: string
}

const hasCode = (error: unknown): error is PostgresError =>
  isError(error) && 'code' in error && typeof error.code === 'string'

/** The columns that PostgreSQL names in `Key ("spaceId", email)=(1, a@b) already exists.` — never the values. */
function columnsOf(detail: string | undefined): string[] {
  const names = /^Key \((.+?)\)=/.exec(detail ?? '')?.[1]
  return names === undefined
    ? []
    : names.split(', ').map((name) => name.replace(/^lower\((.*?)(::text)?\)$/, '$1').replaceAll('"', ''))
}

function taken(error: PostgresError): AppError {
  const columns = columnsOf(error.detail)
  const problem = columns.length === 0 ? 'The value is taken' : `The value of ${columns.join(' and ')} is taken`
  const conflict = wire.CONFLICT({ problem }, error)
  // What comes before it says where the value must be unique.
  const last = columns.at(-1)
  return last === undefined ? conflict : conflict.at(last)
}

const missing = (column: string): string => `${column} refers to a record that is not there`

/** A key that leads nowhere is a wrong value; a record that others lead to cannot go. */
function reference(error: PostgresError): AppError {
  const [column] = columnsOf(error.detail)
  if (error.detail?.includes('is not present in table') === true) {
    const fault = wire.INVALID_VALUE({ problem: missing(column ?? 'A key') }, error)
    return column === undefined ? fault : fault.at(column)
  }
  const by = error.table === undefined ? '' : ` by records of ${error.table}`
  return wire.CONFLICT({ problem: `The record is still referenced${by}` }, error)
}

const invalid = (problem: string) => (error: PostgresError) => wire.INVALID_VALUE({ problem }, error)
export const unavailable = (error: unknown): AppError =>
  wire.UNAVAILABLE(undefined, error).withHeaders({ 'Retry-After': '1' })

/** SQLSTATE → the error that callers see. See https://www.postgresql.org/docs/current/errcodes-appendix.html */
const states: Readonly<Record<string, (error: PostgresError) => Error>> = {
  23505: taken,
  23503: reference,
  23001: reference,
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
    /time ?zone/i.test(error.message)
      ? wire.INVALID_QUERY({ problem: 'the database does not know the time zone' }, error).at('X-Timezone')
      : error,
  '22P02': invalid('A value has the wrong form'),
  '22P05': invalid('A text holds characters that cannot be stored'),
  // A plan was prepared before its table changed; whoever asks again gets a new one.
  '0A000': (error) => (error.message.includes('cached plan') ? unavailable(error) : error),
  42501: (error) => (isOutside(error.message) ? outside(error) : error),
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
 * The same error with the column that it is about: where policies hold for a table, PostgreSQL tells only the name of what
 * refused.
 *
 * @param columnOf the column of a constraint, by its name
 */
export function withColumn(error: unknown, columnOf: (constraint: string) => string | undefined): unknown {
  if (!(error instanceof AppError) || error.path !== undefined || !hasCode(error.cause)) return error
  const { cause } = error
  const policy = /row-level security policy "(.+?)"/.exec(cause.message)?.[1]
  const column = columnOf(cause.constraint ?? policy ?? '')
  if (column === undefined || columnsOf(cause.detail).length > 0) return error
  if (cause.code === '23505') return wire.CONFLICT({ problem: `The value of ${column} is taken` }, cause).at(column)
  const leadsNowhere = error.code === 'INVALID_VALUE' || policy !== undefined
  return leadsNowhere ? wire.INVALID_VALUE({ problem: missing(column) }, cause).at(column) : error
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
  return isError(inner) && lost.test(inner.message)
}

/** Turns what the driver throws into an error of the catalogue; what it does not know stays as it is (500). */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof AppError) return error
  if (isDatabaseAway(error)) return unavailable(error)
  const inner = driverErrorUnder(error)
  if (!hasCode(inner)) return error
  return states[inner.code]?.(inner) ?? error
}
