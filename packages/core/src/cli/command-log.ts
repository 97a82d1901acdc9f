import { createLogger } from '../app/logging.js'
import type { Config } from '../app/config.js'
import type { Logger } from '../kernel/logger.js'

const detailed: readonly string[] = ['trace', 'debug']
const quiet: readonly string[] = ['error', 'silent']

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function briefly(fields: object): object {
  if (!('err' in fields)) return fields
  const { err, ...rest } = fields
  return { ...rest, reason: reasonOf(err) }
}

/** The same log with the reasons of errors instead of their stacks: whoever runs a command is not who mends the code. */
export function withoutStacks(log: Logger): Logger {
  return {
    trace: (first: object | string, message?: string) =>
      typeof first === 'string' ? log.trace(first) : log.trace(briefly(first), message),
    debug: (first: object | string, message?: string) =>
      typeof first === 'string' ? log.debug(first) : log.debug(briefly(first), message),
    info: (first: object | string, message?: string) =>
      typeof first === 'string' ? log.info(first) : log.info(briefly(first), message),
    warn: (first: object | string, message?: string) =>
      typeof first === 'string' ? log.warn(first) : log.warn(briefly(first), message),
    error: (first: object | string, message?: string) =>
      typeof first === 'string' ? log.error(first) : log.error(briefly(first), message),
    child: (bindings) => withoutStacks(log.child(bindings)),
  }
}

/** What a command logs goes to stderr, warnings and worse unless `LOG_LEVEL` says otherwise: stdout belongs to the answer. */
export async function createCommandLog({ LOG_LEVEL: wanted }: Config): Promise<Logger> {
  const isDetailed = detailed.includes(wanted)
  const level = isDetailed || quiet.includes(wanted) ? wanted : 'warn'
  const log = await createLogger({ level, descriptor: 2, pretty: process.stderr.isTTY })
  return isDetailed ? log : withoutStacks(log)
}
