import type { IncomingMessage } from 'node:http'
import inflate from 'inflation'
import getRawBody from 'raw-body'
import { parse as parseJson } from 'secure-json-parse'
import { wire } from '../kernel/wire-errors.js'
import type { HttpSettings } from './http-settings.js'

const decoder = new TextDecoder('utf-8', { fatal: true })
const jsonType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Is anything in the value nested deeper than `limit`? */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (limit === 0) return true
  for (const member of Object.values(value)) if (isDeeperThan(member, limit - 1)) return true
  return false
}

async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (!['identity', 'gzip', 'deflate', 'br'].includes(encoding)) throw wire.UNSUPPORTED_MEDIA_TYPE()
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > limit) throw tooLarge(limit)
  try {
    return await getRawBody(inflate(request), { limit })
  } catch (cause) {
    if (cause instanceof Error && 'type' in cause && cause.type === 'entity.too.large') throw tooLarge(limit)
    throw wire.INVALID_JSON({ problem: 'it could not be read to its end' }, cause)
  }
}

/** What is left of the body is not read: the connection cannot be used again. */
const tooLarge = (limit: number) => wire.PAYLOAD_TOO_LARGE({ limit }).withHeaders({ Connection: 'close' })

/**
 * Reads a JSON body; undefined when there is none.
 *
 * @throws 400 INVALID_JSON, 413 PAYLOAD_TOO_LARGE (after inflation), 415 UNSUPPORTED_MEDIA_TYPE
 */
export async function readBody(
  request: IncomingMessage,
  settings: Pick<HttpSettings, 'bodyLimit' | 'jsonDepth'>,
): Promise<unknown> {
  if (!hasBody(request)) return undefined
  const isJson = jsonType.test(request.headers['content-type'] ?? '')
  // A chunked body may turn out to be none at all, and then needs no type.
  if (!isJson && request.headers['transfer-encoding'] === undefined) throw wire.UNSUPPORTED_MEDIA_TYPE()
  const bytes = await readBytes(request, settings.bodyLimit)
  if (bytes.length === 0) return undefined
  if (!isJson) throw wire.UNSUPPORTED_MEDIA_TYPE()
  let value: unknown
  try {
    value = parseJson(decoder.decode(bytes), { protoAction: 'error', constructorAction: 'error' })
  } catch (cause) {
    throw wire.INVALID_JSON(
      { problem: cause instanceof SyntaxError ? 'it could not be parsed' : 'it is not UTF-8' },
      cause,
    )
  }
  if (isDeeperThan(value, settings.jsonDepth)) {
    throw wire.INVALID_JSON({ problem: `it has more than ${settings.jsonDepth} levels` })
  }
  return value
}
