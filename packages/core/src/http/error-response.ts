import { blameOf } from '../kernel/blame.js'
import { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import type { Logger } from '../kernel/logger.js'

interface ErrorEntry {
  readonly code: string
  readonly message: string
  readonly path?: string
  readonly reason?: string
}

export interface ErrorResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly errors: readonly ErrorEntry[] }
}

/** Answers name what was sent, and callers must not make them as long as they like. */
const longestMessage = 1000
const longestPath = 300
const mostEntries = 100
const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length)}…`)

const entry = ({ code, message, path, reason }: AppError): ErrorEntry => ({
  code,
  message: cut(message, longestMessage),
  ...(path === undefined ? {} : { path: cut(path, longestPath) }),
  ...(reason === undefined ? {} : { reason }),
})

/** Errors of Koa and its middleware carry a status, and say whether their message may be shown. */
function fromStatus(error: unknown): AppError | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined
  if (error.status === 404) return wire.NOT_FOUND({ hint: '' }, error)
  if (error.status < 400 || error.status >= 500 || !('expose' in error) || error.expose !== true) return undefined
  return new AppError('INVALID_VALUE', error.status, error.message, undefined, error)
}

/**
 * Turns whatever was thrown into the one error body there is. Deliberate errors say their sentence; anything else is a
 * defect: 500, logged with its stack under the request id.
 */
export function errorResponse(thrown: unknown, requestId: string, log: Logger): ErrorResponse {
  const known = thrown instanceof AppError ? thrown : fromStatus(thrown)
  if (!known) log.error({ err: thrown, requestId, ...blameOf(thrown) }, 'A request failed')
  else if (known.status >= 500) log.warn({ err: known, requestId, ...blameOf(known) }, known.message)
  const error = known ?? wire.INTERNAL()
  const errors = (error.all ?? [error]).slice(0, mostEntries).map(entry)
  return { status: error.status, headers: error.headers ?? {}, body: { errors } }
}
