import { type Clock } from '@postern/core'

/** A clock in the hands of a test. Everything that the server does by its clock follows; timers do not. */
export interface FakeClock extends Clock {
  /** Stands still at an instant, from now on. */
  set(instant: Date | string | number): void
  /** Goes forward by so many milliseconds; back when negative. */
  advance(milliseconds: number): void
}

const millisecondsInDay = 86_400_000

/**
 * A clock that shows the real time until it is set or advanced; with `start`, it stands still there from the beginning.
 *
 * @example
 * const clock = fakeClock()
 * clock.advance(8 * 86_400_000) // a session of seven days has ended
 */
export function fakeClock(start?: Date | string | number): FakeClock {
  let base = (): number => Date.now()
  const set = (instant: Date | string | number): void => {
    const fixed = new Date(instant).getTime()
    if (Number.isNaN(fixed)) throw new Error(`No instant: ${String(instant)}`)
    base = () => fixed
  }
  const clock: FakeClock = {
    now: () => base(),
    daysAgo: (days) => new Date(base() - days * millisecondsInDay),
    set,
    advance: (milliseconds) => {
      const before = base
      base = () => before() + milliseconds
    },
  }
  if (start !== undefined) set(start)
  return clock
}
