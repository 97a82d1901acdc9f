import { apiDocErrors } from './errors.js'

/** An answer as the document speaks of it. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The body as JSON; undefined when there is none, or it is none. */
  readonly body: unknown
}

export interface Call {
  readonly method: string
  /** Behind the base. */
  readonly path: string
  readonly body?: unknown
}

/** Milliseconds. */
const patience = 30_000

/** Calls one server with one credential. */
export class Client {
  readonly #base: string

  /**
   * @param header which header carries the credential; `authorization` takes it as a bearer token
   * @param also what else every request carries
   */
  constructor(
    base: string,
    private readonly key: string,
    private readonly header: string,
    private readonly also: Readonly<Record<string, string>> = {},
  ) {
    this.#base = base.replace(/\/+$/, '')
  }

  /** Is a header with every request? */
  sends(header: string): boolean {
    return Object.keys(this.also).some((name) => name.toLowerCase() === header.toLowerCase())
  }

  /** @throws API_DOC_NO_SERVER */
  async send({ method, path, body }: Call): Promise<Answer> {
    const credential = this.header === 'authorization' ? `Bearer ${this.key}` : this.key
    const request = {
      method,
      headers: {
        ...this.also,
        [this.header]: credential,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patience),
    }
    try {
      const response = await fetch(`${this.#base}${path}`, request)
      const text = await response.text()
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : parsed(text) }
    } catch (cause) {
      throw apiDocErrors.NO_SERVER({ base: this.#base }, cause)
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
