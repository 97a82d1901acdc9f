import { z } from 'zod'
import type { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import type { LifetimeRules } from './lifetime.js'

const day = 86_400_000
const graceProblem = 'must be a whole number of seconds from 0 to 604800'

/** The body of a rotation. */
export const rotationInput = z.object({
  graceSeconds: z.int(graceProblem).min(0, graceProblem).max(604_800, graceProblem).default(0),
})

/** A stored credential, as far as rotating it is concerned. */
export interface Rotatable {
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly enabled: boolean
  /** What took its place. */
  readonly rotatedToId: number | string | null
}

/** @param what `key`, `token` @throws 409 CONFLICT */
export function checkRotatable({ expiresAt, enabled, rotatedToId }: Rotatable, now: number, what: string): void {
  const conflict = (problem: string): AppError => wire.CONFLICT({ problem: `this ${what} ${problem}` })
  if (expiresAt !== null && Date.parse(expiresAt) <= now) throw conflict('has expired; make a new one')
  if (!enabled) throw conflict('is disabled; enable it first, or make a new one')
  if (rotatedToId !== null) throw conflict(`was rotated already: ${what} ${rotatedToId} took its place`)
}

/** When what takes its place ends: it lives as long as the old one was made for, within what is allowed today. */
export function renewedEnd(
  { expiresAt, createdAt }: Rotatable,
  now: number,
  { standardDays, maxDays, allowNever }: LifetimeRules,
): number | undefined {
  const most = maxDays * day
  const standard = Math.min(standardDays * day, most)
  if (expiresAt === null) return allowNever ? undefined : Math.floor((now + standard) / 1000) * 1000
  const span = Date.parse(expiresAt) - Math.floor(Date.parse(createdAt) / 1000) * 1000
  return Math.floor((now + Math.min(span, most)) / 1000) * 1000
}

/** Until when the old one is good beside the new one: never beyond its own end. ISO 8601. */
export function graceEnd({ expiresAt }: Rotatable, now: number, graceSeconds: number): string {
  const own = expiresAt === null ? Infinity : Date.parse(expiresAt)
  return new Date(Math.min(own, now + graceSeconds * 1000)).toISOString()
}
