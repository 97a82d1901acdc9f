import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createUnzip } from 'node:zlib'
import type { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import { BodyBudget, type BodyShare } from './body-budget.js'
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

/** The most that inflating may make of a body, beside the first bytes: what is denser was made to be large. */
const inflation = { ratio: 100, free: 65_536 } as const
/** Bytes that an inflater holds. */
const inflaterBytes = 65_536

/** @param admit looks at every part before it is kept, and may refuse it */
function collect(stream: Readable, admit: (part: Buffer) => AppError | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const onData = (part: Buffer): void => {
      const refusal = admit(part)
      if (refusal) end(() => reject(refusal))
      else parts.push(part)
    }
    const broken = (cause?: unknown): void =>
      end(() => reject(wire.INVALID_JSON({ problem: 'it could not be read to its end' }, cause)))
    const end = (settle: () => void): void => {
      stream.off('data', onData)
      settle()
    }
    // What is told after the end goes unheard; a fault that nobody listened to would end the process.
    stream.on('data', onData).on('error', broken).on('close', broken)
    stream.once('end', () => end(() => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts))))
  })
}

/** What a part of a body is measured by. */
function createAdmission(request: IncomingMessage, limit: number, share: BodyShare, isInflated: boolean) {
  let [received, size] = [0, 0]
  if (isInflated) request.on('data', (part: Buffer) => void (received += part.length))
  return (part: Buffer): AppError | undefined => {
    size += part.length
    if (size > limit) return wire.PAYLOAD_TOO_LARGE({ limit })
    const most = inflation.free + received * inflation.ratio
    if (isInflated && size > most) return wire.PAYLOAD_TOO_LARGE({ limit: most })
    return share.take(part.length) ? undefined : busy()
  }
}

const busy = (): AppError => wire.UNAVAILABLE().withHeaders({ 'Retry-After': '1' })

async function readBytes(request: IncomingMessage, limit: number, share: BodyShare): Promise<Buffer> {
  const encoding = encodingOf(request)
  const length = Number(request.headers['content-length'] ?? 0)
  if (length > limit) {
    // Read and thrown away: whoever still sends when the connection closes never sees the answer. Up to a point.
    const headers = length > limit * drained ? { Connection: 'close' } : {}
    throw wire.PAYLOAD_TOO_LARGE({ limit }).withHeaders(headers)
  }
  const isInflated = encoding !== 'identity'
  if (isInflated && !share.take(inflaterBytes)) throw busy()
  const admit = createAdmission(request, limit, share, isInflated)
  const stream = inflated(request, encoding)
  try {
    return await collect(stream, admit)
  } catch (cause) {
    if (stream !== request) {
      request.unpipe()
      stream.destroy()
    }
    // What is left is read and thrown away: whoever still sends does not listen to the answer.
    request.resume()
    throw cause
  }
}

type BodySettings = Pick<HttpSettings, 'bodyLimit' | 'bodiesLimit' | 'addressBodiesLimit' | 'jsonDepth' | 'jsonValues'>

/** Reads bodies of JSON, within a limit for each and a budget for all of them. */
export class BodyReader {
  readonly #budget: BodyBudget
  readonly #shares = new WeakMap<IncomingMessage, BodyShare>()

  constructor(private readonly settings: BodySettings) {
    this.#budget = new BodyBudget(settings.bodiesLimit, settings.addressBodiesLimit)
  }

  /**
   * Reads the body; undefined when there is none. It counts as under way until it is released.
   *
   * @param limit bytes, after inflating
   * @throws 400 INVALID_JSON, 413 PAYLOAD_TOO_LARGE, 415 UNSUPPORTED_MEDIA_TYPE, 503 UNAVAILABLE when all bodies that
   *   are under way have too many bytes
   */
  async read(request: IncomingMessage, address: string, limit = this.settings.bodyLimit): Promise<unknown> {
    if (!hasBody(request)) return undefined
    const typed = isJson(request.headers['content-type'])
    // A chunked body may turn out to be none at all, and then needs no type.
    if (!typed && request.headers['transfer-encoding'] === undefined) throw wire.UNSUPPORTED_MEDIA_TYPE()
    const share = this.#shares.get(request) ?? this.#budget.open(address)
    this.#shares.set(request, share)
    const bytes = await readBytes(request, limit, share)
    if (bytes.length === 0) return undefined
    if (!typed) throw wire.UNSUPPORTED_MEDIA_TYPE()
    return parseJsonBody(bytes, { depth: this.settings.jsonDepth, values: this.settings.jsonValues })
  }

  /** The request is answered: its body is no longer held. */
  release(request: IncomingMessage): void {
    this.#shares.get(request)?.release()
  }
}
