import type { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'

const second = 1000
const hour = 3_600_000
const day = 86_400_000
/** Past any calendar that clients can read. */
const longestMilliseconds = 100 * 366 * day

export interface LifetimeRules {
  /** How long a credential may live when nothing is said, and at most; in days. */
  readonly standardDays: number
  readonly maxDays: number
  readonly allowNever: boolean
}

const refused = (problem: string, path: string): AppError => wire.INVALID_VALUE({ problem }).at(path)

/** `"30d"`, `"12h"`, seconds as a number → milliseconds. */
function lifetime(expiresIn: unknown): number {
  if (typeof expiresIn === 'number' && Number.isInteger(expiresIn) && expiresIn > 0) return expiresIn * second
  const [, digits, unit] = typeof expiresIn === 'string' ? (/^(\d{1,6})([dh])$/.exec(expiresIn) ?? []) : []
  const amount = Number(digits ?? 0)
  if (amount > 0) return amount * (unit === 'd' ? day : hour)
  throw refused('expiresIn must be such as "30d", "12h", a number of seconds, or "never"', 'expiresIn')
}

const isoForm = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/

/** Milliseconds since 1970, or NaN. Without a zone the text is read as UTC, wherever the server stands. */
function parsedInstant(text: string): number {
  const [, year, month, date, time = '00:00', zone = 'Z'] = isoForm.exec(text) ?? []
  // `Date` takes the 30th of February for the 2nd of March.
  const exists = new Date(Date.UTC(Number(year), Number(month) - 1, Number(date))).getUTCDate() === Number(date)
  return exists ? Date.parse(`${year}-${month}-${date}T${time}${zone}`) : Number.NaN
}

function instant(expiresAt: unknown): number {
  const at = typeof expiresAt === 'string' ? parsedInstant(expiresAt) : Number.NaN
  if (Number.isNaN(at)) throw refused('expiresAt must be an ISO 8601 date, such as "2030-01-31T12:00:00Z"', 'expiresAt')
  return at
}

/**
 * When a new credential ends, in milliseconds since 1970; undefined when never. Whole seconds: a JWT's `exp` has no fractions.
 *
 * @throws 400 INVALID_VALUE
 */
export function expiryOf(
  { expiresIn, expiresAt }: { readonly expiresIn?: unknown; readonly expiresAt?: unknown },
  now: number,
  { standardDays, maxDays, allowNever }: LifetimeRules,
): number | undefined {
  if (expiresIn !== undefined && expiresAt !== undefined)
    throw refused('give expiresIn or expiresAt, not both', 'expiresAt')
  if (expiresIn === 'never') {
    if (allowNever) return undefined
    throw refused('credentials that never expire are not allowed here', 'expiresIn')
  }
  const path = expiresAt === undefined ? 'expiresIn' : 'expiresAt'
  const standard = `${Math.min(standardDays, maxDays)}d`
  const at = path === 'expiresAt' ? instant(expiresAt) : now + lifetime(expiresIn === undefined ? standard : expiresIn)
  if (at - now > Math.min(maxDays * day, longestMilliseconds)) {
    throw refused(`a credential may live ${maxDays} days at most`, path)
  }
  const end = Math.floor(at / second) * second
  if (end <= now) throw refused(`${path} must be in the future`, path)
  return end
}
