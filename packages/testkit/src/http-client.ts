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

function headersOf({ token, headers = {}, body }: RequestOptions): string[] {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers)
  const isGiven = (wanted: string) => pairs.some(([name]) => name.toLowerCase() === wanted)
  // Flat, name after value: the form in which node sends a name as often as it stands there.
  return [
    ...pairs.flat(),
    ...(token === undefined ? [] : ['Authorization', `Bearer ${token}`]),
    ...(body === undefined || isGiven('content-type') ? [] : ['Content-Type', 'application/json']),
  ]
}

function parse(text: string): ReceivedJson {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function received(response: IncomingMessage): Promise<TestResponse> {
  const text = await readText(response)
  const distinct = Object.entries(response.headersDistinct).map(([name, values = []]) => [name, values.join(', ')])
  const headers: Record<string, string> = Object.fromEntries(distinct)
  return { status: response.statusCode ?? 0, headers, body: parse(text), text }
}

/** Sends one request over a connection of its own. @throws Error when the connection breaks or nothing comes for 20 s */
export function send(origin: string, method: string, path: string, options: RequestOptions = {}): Promise<TestResponse> {
  const content = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
  const { hostname, port } = new URL(origin)
  const headers = ['Host', `${hostname}:${port}`, ...headersOf(options)]
  if (content !== undefined) headers.push('Content-Length', String(Buffer.byteLength(content)))
  return new Promise((resolve, reject) => {
    // Host, port and path by themselves: a URL would be cleaned up, and a test may want to send an unclean one.
    const request = startRequest({ hostname, port, method, path, headers, agent: false, timeout: patience })
    request.on('response', (response) => void received(response).then(resolve, reject))
    request.on('timeout', () => request.destroy(new Error(`${method} ${path} got no answer within ${patience} ms`)))
    request.on('error', reject)
    request.end(content)
  })
}
