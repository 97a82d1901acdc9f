import pino from 'pino'
import { credentialHeaders } from '../auth/credential-headers.js'
import { isError } from '../kernel/is-error.js'
import type { Logger } from '../kernel/logger.js'
import { removeSecrets } from '../kernel/secrets.js'

const redacted = [...credentialHeaders, 'cookie', 'token', 'password', 'oldPassword', 'newPassword', 'secret']
const paths = redacted.flatMap((name) => {
  const member = `["${name}"]`
  return [member, `*${member}`, `headers${member}`, `req.headers${member}`]
})

interface SerializedError {
  readonly type: string
  readonly message: string
  readonly code?: unknown
  readonly stack?: string
  readonly cause?: SerializedError
}

/** Only what helps: drivers hang statements and their values on errors, and those may be secret. */
function serializeError(error: unknown, depth = 0): SerializedError {
  if (!isError(error)) return { type: typeof error, message: removeSecrets(String(error)) }
  return {
    type: error.name,
    message: removeSecrets(error.message),
    ...('code' in error ? { code: error.code } : {}),
    ...(error.stack === undefined ? {} : { stack: removeSecrets(error.stack) }),
    ...(error.cause !== undefined && depth < 5 ? { cause: serializeError(error.cause, depth + 1) } : {}),
  }
}

/** How deep members are looked through; deeper ones are cut off by nobody's need. */
const deepest = 4

/** The same value with its texts cleaned; errors are left to their serializer. */
function cleaned(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return removeSecrets(value)
  if (typeof value !== 'object' || value === null || value instanceof Error || depth > deepest) return value
  if (Array.isArray(value)) return value.map((item: unknown) => cleaned(item, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cleaned(member, depth + 1)]))
}

export interface LogOptions {
  readonly level: string
  /** Where lines go: 1 stdout, 2 stderr. */
  readonly descriptor: 1 | 2
  /** For a person at a terminal instead of JSON for a machine. */
  readonly pretty: boolean
}

/** A structured log (pino) that knows what must not be in it. */
export async function createLogger({ level, descriptor, pretty }: LogOptions): Promise<Logger> {
  const options: pino.LoggerOptions = {
    level,
    redact: { paths, censor: '[removed]' },
    serializers: { err: (error: unknown) => serializeError(error) },
    hooks: {
      logMethod(args, method) {
        Reflect.apply(
          method,
          this,
          args.map((arg: unknown) => cleaned(arg)),
        )
      },
    },
  }
  if (!pretty) return pino(options, pino.destination({ dest: descriptor, sync: false, minLength: 0 }))
  // Loaded only where a person reads: it costs start-up time and memory.
  const { default: prettyStream } = await import('pino-pretty')
  return pino(
    options,
    prettyStream({ destination: descriptor, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', sync: true }),
  )
}
