import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createUnzip } from 'node:zlib'
import getRawBody from 'raw-body'
import { wire } from '../kernel/wire-errors.js'
import type { HttpSettings } from './http-settings.js'
import { parseJsonBody } from './json-body.js'

const jsonType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i
const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i
const utf8 = /^utf-?8$/i
/** A body so many times too long is refused and cut off; a shorter one is refused and let run out. */
const drained = 10

export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

function isJson(contentType = ''): boolean {
  return jsonType.test(contentType) && utf8.test(charset.exec(contentType)?.[1] ?? 'utf-8')
}

/** Names of encodings are the same in any case, and some have two. */
function encodingOf(request: IncomingMessage): string {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'x-gzip') return 'gzip'
  if (!['identity', 'gzip', 'deflate', 'br'].includes(encoding)) throw wire.UNSUPPORTED_MEDIA_TYPE()
  return encoding
}

/** The body as it was before it was compressed. */
function inflated(request: IncomingMessage, encoding: string): Readable {
  if (encoding === 'identity') return request
  const inflater = encoding === 'br' ? createBrotliDecompress() : createUnzip()
  // `pipe` does not tell that the client went away, and `pipeline` would close the connection that we answer on.
  request.once('close', () => {
    if (!request.complete) inflater.destroy(new Error('The client went away'))
  })
  return request.pipe(inflater)
}

async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = encodingOf(request)
  const length = Number(request.headers['content-length'] ?? 0)
  if (length > limit) {
    // Read and thrown away: whoever still sends when the connection closes never sees the answer. Up to a point.
    const headers = length > limit * drained ? { Connection: 'close' } : {}
    throw wire.PAYLOAD_TOO_LARGE({ limit }).withHeaders(headers)
  }
  const stream = inflated(request, encoding)
  try {
    return await getRawBody(stream, { limit })
  } catch (cause) {
    if (stream !== request) {
      request.unpipe()
      stream.destroy()
    }
    // What is left is read and thrown away: whoever still sends does not listen to the answer.
    request.resume()
    if (cause instanceof Error && 'type' in cause && cause.type === 'entity.too.large') {
      throw wire.PAYLOAD_TOO_LARGE({ limit })
    }
    throw wire.INVALID_JSON({ problem: 'it could not be read to its end' }, cause)
  }
}

type BodySettings = Pick<HttpSettings, 'bodyLimit' | 'jsonDepth'>

/** For routes that plugins make. */
export const createBodyReader =
  (settings: BodySettings) =>
  async ({ req }: { readonly req: IncomingMessage }): Promise<unknown> =>
    hasBody(req) ? readBody(req, settings) : undefined

/**
 * Reads a JSON body; undefined when there is none.
 *
 * @throws 400 INVALID_JSON, 413 PAYLOAD_TOO_LARGE (after inflation), 415 UNSUPPORTED_MEDIA_TYPE
 */
export async function readBody(
  request: IncomingMessage,
  settings: Pick<HttpSettings, 'bodyLimit' | 'jsonDepth'>,
): Promise<unknown> {
  const typed = isJson(request.headers['content-type'])
  // A chunked body may turn out to be none at all, and then needs no type.
  if (!typed && request.headers['transfer-encoding'] === undefined) throw wire.UNSUPPORTED_MEDIA_TYPE()
  const bytes = await readBytes(request, settings.bodyLimit)
  if (bytes.length === 0) return undefined
  if (!typed) throw wire.UNSUPPORTED_MEDIA_TYPE()
  return parseJsonBody(bytes, settings.jsonDepth)
}
