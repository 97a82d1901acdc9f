import { wire, type AppError } from '@postern/core'

const second = 1000
const hour = 3_600_000
const day = 86_400_000
/** Past any calendar that clients can read. */
const longestMilliseconds = 100 * 366 * day

export interface ExpiryRules {
  /** How long a key may live when nothing is said, and at most; in days. */
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

function instant(expiresAt: unknown, now: number): number {
  const isText = typeof expiresAt === 'string' && /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:?\d{2})?)?$/.test(expiresAt)
  const at = isText ? Date.parse(expiresAt) : Number.NaN
  if (Number.isNaN(at)) throw refused('expiresAt must be an ISO 8601 date', 'expiresAt')
  if (at <= now) throw refused('expiresAt must be in the future', 'expiresAt')
  return at
}

/**
 * When a new key ends, in milliseconds since 1970; undefined when never. Whole seconds: a JWT's `exp` has no fractions.
 *
 * @throws 400 INVALID_VALUE
 */
export function expiryOf(
  input: { readonly expiresIn?: unknown; readonly expiresAt?: unknown },
  now: number,
  rules: ExpiryRules,
): number | undefined {
  const { expiresIn, expiresAt } = input
  if (expiresIn !== undefined && expiresAt !== undefined)
    throw refused('give expiresIn or expiresAt, not both', 'expiresAt')
  if (expiresIn === 'never') {
    if (rules.allowNever) return undefined
    throw refused('keys that never expire are not allowed here', 'expiresIn')
  }
  const path = expiresAt === undefined ? 'expiresIn' : 'expiresAt'
  const at = expiresAt === undefined ? now + lifetime(expiresIn ?? `${rules.standardDays}d`) : instant(expiresAt, now)
  const longest = Math.min(rules.maxDays * day, longestMilliseconds)
  if (at - now > longest) throw refused(`a key may live ${rules.maxDays} days at most`, path)
  return Math.floor(at / second) * second
}
