import type { ServerResponse } from 'node:http'
import type { Client } from '../database/call-budget.js'

/** Who waits for an answer, as long as it has not been sent. */
export class HttpClient implements Client {
  constructor(private readonly response: ServerResponse) {}

  get isGone(): boolean {
    return this.response.destroyed
  }

  onGone(listener: () => void): () => void {
    const { response } = this
    // Many statements of one call may listen at once.
    response.setMaxListeners(0)
    response.once('close', listener)
    return () => response.off('close', listener)
  }
}
