import { request as startRequest, type IncomingMessage } from 'node:http'
import { text as readText } from 'node:stream/consumers'

/** Names in any case; as pairs, a name may come several times. */
export type HeadersToSend = Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[]

export interface RequestOptions {
  /** Sent as `Authorization: Bearer <token>`. */
  readonly token?: string
  readonly headers?: HeadersToSend
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, without a content type: for bodies that are no JSON, or not quite. */
  readonly raw?: string | Uint8Array
}

/** What came back as JSON. It may be anything until a test has looked at it, and the looking is the test. */
export type ReceivedJson = ReturnType<typeof JSON.parse>

export interface TestResponse {
  readonly status: number
  /** Names in lower case; what came several times is joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as JSON; undefined when it is none. */
  readonly body: ReceivedJson
  readonly text: string
}

/** Milliseconds without a sign of the server, after which a request has failed. */
const patience = 20_000

const contentOf = ({ body, raw }: RequestOptions): string | Uint8Array | undefined =>
  raw ?? (body === undefined ? undefined : JSON.stringify(body))

/** Flat, name after value: the form in which node sends a name as often as it stands there. */
function headersOf(origin: URL, options: RequestOptions): string[] {
  const { token, headers = {}, body } = options
  const given = Symbol.iterator in headers ? [...headers] : Object.entries(headers)
  const content = contentOf(options)
  const standard = {
    Host: origin.host,
    Authorization: token === undefined ? undefined : `Bearer ${token}`,
    'Content-Type': body === undefined ? undefined : 'application/json',
    'Content-Length': content === undefined ? undefined : String(Buffer.byteLength(content)),
  }
  const isGiven = (...names: string[]) => given.some(([name]) => names.includes(name.toLowerCase()))
  const missing = Object.entries(standard).flatMap(([name, value]) => {
    // A credential in two headers is something to test; whatever else the test gives, replaces ours.
    const isReplaced = name !== 'Authorization' && isGiven(name.toLowerCase())
    const isChunked = name === 'Content-Length' && isGiven('transfer-encoding')
    return value === undefined || isReplaced || isChunked ? [] : [name, value]
  })
  return [...missing, ...given.flat()]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function received(response: IncomingMessage): Promise<TestResponse> {
  const text = await readText(response)
  const distinct = Object.entries(response.headersDistinct)
  const headers = Object.fromEntries(distinct.map(([name, values = []]) => [name, values.join(', ')] as const))
  return { status: response.statusCode ?? 0, headers, body: parse(text), text }
}

/** Sends one request over a connection of its own. @throws Error when the connection breaks or nothing comes for 20 s */
export function send(url: string, method: string, path: string, options: RequestOptions = {}): Promise<TestResponse> {
  const origin = new URL(url)
  const { hostname, port } = origin
  return new Promise((resolve, reject) => {
    // Host, port and path by themselves: a URL would be cleaned up, and a test may want to send an unclean one.
    const target = {
      hostname,
      port,
      method,
      path,
      headers: headersOf(origin, options),
      agent: false,
      timeout: patience,
    }
    const request = startRequest(target)
    request.on('response', (response) => void received(response).then(resolve, reject))
    request.on('timeout', () => request.destroy(new Error(`${method} ${path} got no answer within ${patience} ms`)))
    request.on('error', reject)
    request.end(contentOf(options))
  })
}
