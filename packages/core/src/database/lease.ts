/** Milliseconds. A node that had no contact with the database for this long trusts nothing that it keeps in memory. */
export const lease = 3000
/** Milliseconds between two looks at the clock. */
const pulse = 250
/** Milliseconds without one after which the process was stopped, or too busy to hear. */
const longestPause = 750

/** Whether what a node keeps in memory can be trusted: for a while after each contact with the database. */
export class Lease {
  #lastContact = -Infinity
  #lastPulse = -Infinity
  #pauses = 0
  #timer: NodeJS.Timeout | undefined

  isFresh(): boolean {
    const now = performance.now()
    return now - this.#lastContact < lease && now - this.#lastPulse < longestPause
  }

  /** @param onPause the lease was lost by a pause: contact is wanted at once */
  start(onPause: () => void): void {
    this.#lastPulse = performance.now()
    this.#timer = setInterval(() => this.#look(onPause), pulse)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#lastContact = -Infinity
  }

  /** A contact begins. @returns to be called when it was answered */
  contact(): () => void {
    const [sent, pauses] = [performance.now(), this.#pauses]
    return () => {
      if (pauses === this.#pauses) this.#lastContact = sent
    }
  }

  /** A process that was stopped may have messages waiting for it unread. */
  #look(onPause: () => void): void {
    const now = performance.now()
    if (now - this.#lastPulse >= longestPause) {
      this.#pauses++
      this.#lastContact = -Infinity
      onPause()
    }
    this.#lastPulse = now
  }
}
