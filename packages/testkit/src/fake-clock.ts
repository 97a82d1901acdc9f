import { systemClock, type Clock } from '@postern/core'

/** A clock in the hands of a test. Everything that the server does by its clock follows. */
export interface FakeClock extends Clock {
  /** Stands still at an instant, from now on. */
  set(instant: Date | string | number): void
  /** Goes forward by so many milliseconds; back when negative. What waits, such as a job, waits as long as it would have. */
  advance(milliseconds: number): void
  /** The same, and what waited for an instant that has come happens at once, in order: jobs run. */
  tick(milliseconds: number): void
}

const millisecondsInDay = 86_400_000

interface Wait {
  readonly due: number
  readonly work: () => void
  cancel: () => void
}

/** Waits of a clock that may jump: each also has a real timer, for a clock that just goes on. */
function waits(now: () => number) {
  const open = new Set<Wait>()
  const begin = (wait: Wait): void => {
    wait.cancel = systemClock.after(Math.max(wait.due - now(), 0), () => {
      // A clock that stands still, or was set back, has not come so far.
      if (now() >= wait.due) end(wait)
      else if (open.has(wait)) begin(wait)
    })
  }
  const end = (wait: Wait): void => {
    wait.cancel()
    if (open.delete(wait)) wait.work()
  }
  return {
    add: (milliseconds: number, work: () => void): (() => void) => {
      const wait: Wait = { due: now() + milliseconds, work, cancel: () => undefined }
      open.add(wait)
      begin(wait)
      return () => {
        wait.cancel()
        open.delete(wait)
      }
    },
    /** Called when the clock has jumped: what is due happens at once, in order; the others wait anew. */
    jumped: (): void => {
      for (const wait of [...open].sort((a, b) => a.due - b.due)) {
        wait.cancel()
        if (now() >= wait.due) end(wait)
        else begin(wait)
      }
    },
  }
}

/**
 * A clock that shows the real time until it is set or advanced; with `start`, it stands still there from the beginning.
 *
 * @example
 * const clock = fakeClock()
 * clock.advance(8 * 86_400_000) // a session of seven days has ended
 * clock.tick(60_000) // and the jobs of the next minute run
 */
export function fakeClock(start?: Date | string | number): FakeClock {
  let base = (): number => Date.now()
  const { add, jumped } = waits(() => base())
  const set = (instant: Date | string | number): void => {
    const fixed = new Date(instant).getTime()
    if (Number.isNaN(fixed)) throw new Error(`No instant: ${String(instant)}`)
    base = () => fixed
  }
  const advance = (milliseconds: number): void => {
    const before = base
    base = () => before() + milliseconds
  }
  const clock: FakeClock = {
    now: () => base(),
    daysAgo: (days) => new Date(base() - days * millisecondsInDay),
    after: add,
    set,
    advance,
    tick: (milliseconds) => {
      advance(milliseconds)
      jumped()
    },
  }
  if (start !== undefined) set(start)
  return clock
}
