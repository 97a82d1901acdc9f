import type { IncomingMessage } from 'node:http'
import type { CountedRequest } from '../auth/caller-facts.js'
import type { Principal } from '../auth/principal.js'

/** What the other rooms may know of a request. Headers are counted in the raw list: Node drops repeated ones. */
export class HttpRequestFacts implements CountedRequest {
  /** Whose credential it carries, once that is known; also when the request is refused after all. */
  principal: Principal | undefined
  /** What `auth:check` shows of a credential that was counted. */
  shown: Principal['credential']

  constructor(
    readonly id: string,
    private readonly message: IncomingMessage,
    private readonly addressOf: (message: IncomingMessage) => string,
  ) {}

  get address(): string {
    return this.addressOf(this.message)
  }

  header(name: string): string | undefined {
    const value = this.message.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  headerCount(name: string): number {
    const { rawHeaders } = this.message
    let count = 0
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const raw = rawHeaders[index]
      if (raw !== undefined && raw.length === name.length && raw.toLowerCase() === name) count++
    }
    return count
  }
}
