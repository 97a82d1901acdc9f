import type { AppError } from '../../kernel/errors.js'
import { utcZone, type TimeZone } from '../../kernel/time-zone.js'
import { wire } from '../../kernel/wire-errors.js'

/** The settings that bound a filter (HARDENING, Limits). */
export const filterLimits = { depth: 10, values: 500 }

/** What "today" means. */
export interface FilterTime {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Asked only where a filter speaks of days. @throws 400 when the caller named no zone that there is */
  zone(): TimeZone
}

export interface FilterOptions {
  /** The fields that the caller may read; all visible ones when absent. Filtering is reading. */
  readonly readable?: ReadonlySet<string> | undefined
  /** The values of `{{$user.id}}` and the like. */
  readonly variable?: ((name: string) => unknown) | undefined
  /** The filter came bracket-nested in a query string: every leaf is text and is read by the field's type. */
  readonly textual?: boolean
  /** The server's own filter: hidden fields may be named. */
  readonly trusted?: boolean
  /** Where the filter stands in the input. */
  readonly path?: string
  /** The clock and the zone of the caller; without it the server's clock, in UTC. */
  readonly time?: FilterTime
}

/** The server's own rules are in UTC: no caller moves their days by a header. */
export const serverTime = (now = Date.now()): FilterTime => ({ now, zone: () => utcZone })

export const invalidFilter = (problem: string, path: string): AppError => wire.INVALID_FILTER({ problem }).at(path)
