/** Time as the server sees it. Tests put a clock of their own in its place. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
  /** The instant `days` times 24 hours ago. */
  daysAgo(days: number): Date
  /**
   * Calls `work` once, when so many milliseconds have gone by; longer than 24.8 days is cut to that. It does not keep the
   * process alive.
   * @returns what takes it back
   */
  after(milliseconds: number, work: () => void): () => void
}

/** setTimeout cannot wait longer. */
const longestWait = 2_147_483_647

const millisecondsInDay = 86_400_000

export const systemClock: Clock = {
  now: () => Date.now(),
  daysAgo: (days) => new Date(Date.now() - days * millisecondsInDay),
  after: (milliseconds, work) => {
    const timer = setTimeout(work, Math.min(milliseconds, longestWait)).unref()
    return () => clearTimeout(timer)
  },
}
