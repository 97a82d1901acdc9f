/** How the clocks of a place go. Wall times are milliseconds too: what `Date.UTC` makes of the figures on the clock. */
export interface TimeZone {
  /** An IANA name, or an offset such as `+05:30`. */
  readonly name: string
  /** Milliseconds that the clocks are ahead of UTC at an instant (milliseconds since 1970). */
  offsetAt(instant: number): number
}

const minute = 60_000
const day = 86_400_000
/** Minutes. No place is further from UTC than 14 hours. */
const furthest = 14 * 60
/** The longest IANA name has 32 characters. */
const longestName = 64

export const utcZone: TimeZone = { name: 'UTC', offsetAt: () => 0 }

const fixed = (name: string, minutes: number): TimeZone => ({ name, offsetAt: () => minutes * minute })

/** `+08:00`, `-0330`, `+8`. */
function fixedZone(text: string): TimeZone | undefined {
  const [, sign, hours, minutes = '00'] = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(text) ?? []
  if (hours === undefined) return undefined
  const total = Number(hours) * 60 + Number(minutes)
  if (Number(minutes) > 59 || total > furthest) return undefined
  return fixed(`${sign ?? '+'}${hours.padStart(2, '0')}:${minutes}`, sign === '-' ? -total : total)
}

/** `GMT`, `GMT+01:00`, and for the local mean times of old `GMT-04:56:02`. */
function offsetFrom(text: string): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(text) ?? []
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -size : size
}

function namedZone(name: string): TimeZone | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
    const offsetAt = (instant: number): number =>
      offsetFrom(format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? '')
    // ICU knows more names than others do; all know the one that it takes for the same.
    return { name: format.resolvedOptions().timeZone, offsetAt }
  } catch {
    return undefined
  }
}

/** Making one takes a while; callers must not be able to fill the memory with them. */
const mostKept = 100
const kept = new Map<string, TimeZone>()

/** An offset (`+08:00`) or an IANA name (`Europe/Berlin`). @returns undefined where it is neither */
export function parseTimeZone(text: string): TimeZone | undefined {
  if (/^(?:utc|z)$/i.test(text)) return utcZone
  const known = kept.get(text)
  if (known) return known
  const zone = fixedZone(text) ?? (/^[A-Za-z]/.test(text) && text.length <= longestName ? namedZone(text) : undefined)
  if (!zone) return undefined
  if (kept.size >= mostKept) kept.clear()
  kept.set(text, zone)
  return zone
}

/** What the clocks show at an instant. */
export const wallAt = (zone: TimeZone, instant: number): number => instant + zone.offsetAt(instant)

/**
 * The first instant at which the clocks show a time, or a later one where they jump over it. So a day begins where its
 * midnight is, where the first of two midnights is, and where midnight is jumped over right after the jump.
 */
export function instantOf(zone: TimeZone, wall: number): number {
  // No clock changes twice within two days, and no offset is longer than one.
  const [before, after] = [zone.offsetAt(wall - day), zone.offsetAt(wall + day)]
  const early = wall - Math.max(before, after)
  if (zone.offsetAt(early) === Math.max(before, after)) return early
  const late = wall - Math.min(before, after)
  if (zone.offsetAt(late) === Math.min(before, after)) return late
  return jumpBetween(zone, early, late)
}

/** The instant at which the clocks jump. */
function jumpBetween(zone: TimeZone, from: number, to: number): number {
  const before = zone.offsetAt(from)
  let [low, high] = [from, to]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (zone.offsetAt(middle) === before) low = middle
    else high = middle
  }
  return high
}
