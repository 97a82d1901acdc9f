/** Time as the server sees it. Tests put a clock of their own in its place. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
  /** The instant `days` times 24 hours ago. */
  daysAgo(days: number): Date
}

const millisecondsInDay = 86_400_000

export const systemClock: Clock = {
  now: () => Date.now(),
  daysAgo: (days) => new Date(Date.now() - days * millisecondsInDay),
}
