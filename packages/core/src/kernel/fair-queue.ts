/** Runs a few things at a time, and lets nobody who asks for much of it keep the others waiting. */
export class FairQueue {
  readonly #waiting = new Map<string, (() => void)[]>()
  readonly #running = new Map<string, number>()
  #free: number

  /**
   * @param slots how many run at a time, of one lane one less, so that another lane always finds a slot soon
   * @param maxWaiting how many of one lane may wait
   */
  constructor(
    private readonly slots: number,
    private readonly maxWaiting: number,
  ) {
    this.#free = slots
  }

  /** @returns undefined, without running it, when too many of this lane wait */
  async run<T>(lane: string, work: () => Promise<T>): Promise<{ readonly result: T } | undefined> {
    if (this.#mayStart(lane)) this.#start(lane)
    else if ((this.#waiting.get(lane)?.length ?? 0) >= this.maxWaiting) return undefined
    else await this.#turn(lane)
    try {
      return { result: await work() }
    } finally {
      this.#end(lane)
    }
  }

  #mayStart(lane: string): boolean {
    return this.#free > 0 && (this.#running.get(lane) ?? 0) < Math.max(1, this.slots - 1)
  }

  #start(lane: string): void {
    this.#free--
    this.#running.set(lane, (this.#running.get(lane) ?? 0) + 1)
  }

  #turn(lane: string): Promise<void> {
    const queue = this.#waiting.get(lane) ?? []
    this.#waiting.set(lane, queue)
    return new Promise((resolve) => queue.push(resolve))
  }

  #end(lane: string): void {
    this.#free++
    const running = (this.#running.get(lane) ?? 1) - 1
    if (running > 0) this.#running.set(lane, running)
    else this.#running.delete(lane)
    this.#next()
  }

  /** The lane that waits longest for its turn; it is the last one afterwards. */
  #next(): void {
    for (const [lane, queue] of this.#waiting) {
      if (!this.#mayStart(lane)) continue
      this.#waiting.delete(lane)
      const begin = queue.shift()
      if (queue.length > 0) this.#waiting.set(lane, queue)
      this.#start(lane)
      begin?.()
      return
    }
  }
}
