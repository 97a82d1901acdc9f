/** Milliseconds that a piece of long work goes on before everybody else has a turn. */
const mostInOneTurn = 4

const waiting: (() => void)[] = []
let isScheduled = false

/** One turn each time round the event loop, however much long work is under way: what waits for it adds up to nothing. */
function schedule(): void {
  if (isScheduled || waiting.length === 0) return
  isScheduled = true
  setImmediate(() => {
    isScheduled = false
    waiting.shift()?.()
    schedule()
  })
}

/** Work that takes long, in short turns between which requests are served. All such work of a process takes turns. */
export class LongWork {
  #since = 0

  private constructor() {}

  /** Begins when it is this work's turn. */
  static async begin(): Promise<LongWork> {
    const work = new LongWork()
    await work.#turn()
    return work
  }

  /** To be awaited wherever the work may be interrupted: at once while its turn lasts. */
  pause(): Promise<void> | undefined {
    return performance.now() - this.#since < mostInOneTurn ? undefined : this.#turn()
  }

  async #turn(): Promise<void> {
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      schedule()
    })
    this.#since = performance.now()
  }
}
