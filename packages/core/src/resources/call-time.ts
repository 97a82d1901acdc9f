import type { FilterTime } from '../database/filter/filter-time.js'
import { parseTimeZone, utcZone, type TimeZone } from '../kernel/time-zone.js'
import { wire } from '../kernel/wire-errors.js'
import type { ActionCall } from './action.js'

/** The zone that the caller named in `X-Timezone`; UTC without it. @throws 400 INVALID_QUERY when there is no such zone */
export function zoneOf({ request }: Pick<ActionCall, 'request'>): TimeZone {
  const text = request.header('x-timezone')?.trim()
  if (text === undefined || text === '') return utcZone
  const zone = parseTimeZone(text)
  if (zone) return zone
  throw wire
    .INVALID_QUERY({ problem: 'X-Timezone must be an offset such as +08:00, or a name such as Europe/Berlin' })
    .at('X-Timezone')
}

/** What "today" is for the caller. A header that nothing depends on is not looked at. */
export const callTime = (call: Pick<ActionCall, 'request' | 'clock'>): FilterTime => ({
  now: call.clock.now(),
  zone: () => zoneOf(call),
})
