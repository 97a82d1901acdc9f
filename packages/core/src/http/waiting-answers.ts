import type { ServerResponse } from 'node:http'

/** Answers that were written and not yet taken, by whose they are. What waits for clients that do not read is bounded. */
export class WaitingAnswers {
  readonly #waiting = new Map<ServerResponse, string>()

  constructor(
    /** Bytes of all that waits. */
    private readonly maxBytes: number,
  ) {}

  /** Counts an answer that was just written, and closes connections when too much waits. */
  add(response: ServerResponse, owner: string): void {
    if (response.writableLength === 0 || response.closed) return
    this.#waiting.set(response, owner)
    response.once('close', () => this.#waiting.delete(response))
    while (this.#bytes() > this.maxBytes) this.#closeOne()
  }

  #bytes(): number {
    let bytes = 0
    for (const response of this.#waiting.keys()) bytes += response.writableLength
    return bytes
  }

  /** The one that has waited longest, of the owner for whom most waits. */
  #closeOne(): void {
    const byOwner = new Map<string, number>()
    for (const [response, owner] of this.#waiting) {
      byOwner.set(owner, (byOwner.get(owner) ?? 0) + response.writableLength)
    }
    const [heaviest] = [...byOwner].reduce((most, one) => (one[1] > most[1] ? one : most), ['', -1])
    for (const [response, owner] of this.#waiting) {
      if (owner !== heaviest) continue
      this.#waiting.delete(response)
      response.destroy()
      return
    }
  }
}
