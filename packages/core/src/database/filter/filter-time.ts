import { utcZone, type TimeZone } from '../../kernel/time-zone.js'

/** What "today" means. */
export interface FilterTime {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Asked only where a filter speaks of days. @throws 400 when the caller named no zone that there is */
  zone(): TimeZone
}

/** The server's own rules are in UTC: no caller moves their days by a header. */
export const serverTime = (now = Date.now()): FilterTime => ({ now, zone: () => utcZone })
