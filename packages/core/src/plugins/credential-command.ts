import { z } from 'zod'
import { limitsInput } from '../auth/credential/limits.js'
import type { DatabaseHandle } from '../database/handle.js'
import type { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import { parseInput } from '../resources/input.js'
import type { CommandInput, CommandOption } from './command.js'

type Options = CommandInput['options']

const fault = (problem: string, path: string): AppError => wire.INVALID_VALUE({ problem }).at(path)
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): string[] | undefined => (Array.isArray(value) ? value.map(String) : undefined)

/** @throws 404 */
export async function userIdOf(account: string, db: DatabaseHandle): Promise<number> {
  const { rows } = await db.sql`SELECT id FROM users WHERE email = ${account.toLowerCase()} OR username = ${account}`
  if (!rows[0]) throw wire.NOT_FOUND({ hint: `: there is no user "${account}"` })
  return Number(rows[0]['id'])
}

/** @throws 404 */
export async function requireRole(role: string, db: DatabaseHandle): Promise<void> {
  const { count } = await db.sql`SELECT 1 FROM roles WHERE name = ${role}`
  if (count === 0) throw wire.NOT_FOUND({ hint: `: there is no role "${role}"` })
}

/** `7` and `07` are the same id; 0 is nobody's. */
export const idOf = (given: string): number => (/^\d{1,15}$/.test(given) ? Number(given) : 0)

/** Whoever makes a credential names it; control characters in a name must not reach the terminal of whoever reads it. */
export const harmless = (name: string): string => name.replace(/\p{Cc}/gu, '\u{FFFD}')

/** The options of commands that make a credential; `lifeOf` and `limitsOf` read them. */
export const credentialOptions: readonly CommandOption[] = [
  { flags: '--name <text>', description: 'what it is for', required: true },
  { flags: '--description <text>', description: 'more about it' },
  { flags: '--expires <time>', description: 'such as 30d, 12h, never, or a date' },
  {
    flags: '--scope <scope>',
    description: 'only these actions of this resource, such as todos:list,get; may be given several times',
    repeatable: true,
  },
  { flags: '--read-only', description: 'only actions that read' },
  {
    flags: '--ip <network>',
    description: 'only from this address or network; may be given several times',
    repeatable: true,
  },
  { flags: '--limit <limit>', description: 'at most so many requests in so many seconds, such as 600/60' },
]

/** `todos:list,get` */
function scopeOf(given: string): { resource: string; actions: string[] } {
  const [, resource, actions] = /^([^:\s]+):([^:\s]+)$/.exec(given) ?? []
  if (resource === undefined || actions === undefined) {
    throw fault(`"${given}" is no scope; it must be such as todos:list,get`, 'scopes')
  }
  return { resource, actions: actions.split(',') }
}

/** `600/60` */
function limitOf(given: string): { limit: number; window: number } {
  const [, limit, window] = /^(\d{1,10})\/(\d{1,7})$/.exec(given) ?? []
  if (limit === undefined) {
    throw fault(`"${given}" is no limit; it must be such as 600/60: requests in so many seconds`, 'rateLimit')
  }
  return { limit: Number(limit), window: Number(window) }
}

const limits = z.object(limitsInput)

/** What `--scope --read-only --ip --limit` say. @throws 400 INVALID_VALUE */
export function limitsOf(options: Options): z.infer<typeof limits> {
  const scopes = texts(options['scope'])
  const allowedIps = texts(options['ip'])
  return parseInput(limits, {
    ...(scopes ? { scopes: scopes.map(scopeOf) } : {}),
    ...(options['readOnly'] === true ? { readOnly: true } : {}),
    ...(allowedIps ? { allowedIps } : {}),
    ...(options['limit'] === undefined ? {} : { rateLimit: limitOf(text(options['limit'])) }),
  })
}

/** `--expires 30d`, `12h`, `never`, seconds, or a date. */
export function lifeOf(expires: unknown): { readonly expiresIn?: unknown; readonly expiresAt?: unknown } {
  const given = text(expires)
  if (given === '') return {}
  if (/^\d{4}-/.test(given)) return { expiresAt: given }
  return { expiresIn: /^\d{1,12}$/.test(given) ? Number(given) : given }
}

const units = { d: 86_400_000, h: 3_600_000 } as const

/** `--expiring 7d` → milliseconds; undefined when nothing is said. @throws 400 INVALID_VALUE */
export function spanOf(expiring: unknown): number | undefined {
  if (expiring === undefined) return undefined
  const [, count, unit] = /^(\d{1,6})([dh])$/.exec(text(expiring)) ?? []
  if (count === undefined) throw fault('expiring must be such as 7d or 12h', 'expiring')
  return Number(count) * (unit === 'h' ? units.h : units.d)
}

/** `--grace 3600` */
export function graceOf(grace: unknown): number {
  const given = grace === undefined ? '0' : text(grace)
  const seconds = /^\d{1,6}$/.test(given) ? Number(given) : Number.NaN
  if (!(seconds <= 604_800)) throw fault('grace must be a whole number of seconds from 0 to 604800', 'graceSeconds')
  return seconds
}
