import { z } from 'zod'
import type { FieldKind } from '../field.js'
import { isDay, isTimeOfDay } from './calendar.js'

const form =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

/** Minutes. No place is further from UTC than 14 hours. */
const furthestZone = 14 * 60

function isInstant(text: string): boolean {
  const parts = form.exec(text)
  if (!parts) return false
  const [, year, month, day, hour = '0', minute = '0', second = '0', , zone = 'Z'] = parts
  if (!isDay(Number(year), Number(month), Number(day))) return false
  if (!isTimeOfDay(Number(hour), Number(minute), Number(second))) return false
  const [zoneHours = '0', zoneMinutes = '0'] = zone.replace(/[^\d:]/g, '').match(/\d{2}/g) ?? []
  return Number(zoneMinutes) <= 59 && Number(zoneHours) * 60 + Number(zoneMinutes) <= furthestZone
}

/** The instant in UTC with milliseconds; without a zone the text is read as UTC. */
function normalise(text: string): string | undefined {
  const parts = form.exec(text)
  if (!parts) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = parts
  const offset = /^z$/i.test(zone)
    ? 'Z'
    : zone.replace(/^([+-]\d{2}):?(\d{2})?$/, (_, h: string, m = '00') => `${h}:${m}`)
  const milliseconds = fraction.padEnd(3, '0').slice(0, 3)
  const instant = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${offset}`)
  // A zone can carry the first or the last day of the range out of it.
  const out = Number.isNaN(instant.getTime()) ? '' : instant.toISOString()
  return /^\d{4}-/.test(out) && !out.startsWith('0000') ? out : undefined
}

/** An instant. In: ISO 8601 with a zone (without one: UTC). Out: ISO 8601, UTC, milliseconds. */
export const datetime: FieldKind<string> = {
  kind: 'datetime',
  accepts: [],
  operators: 'date',
  schema: () =>
    z.preprocess(
      (value) => (value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value),
      z.string('must be an instant, such as "2025-03-03T09:57:36.728Z"').transform((text, context) => {
        const instant = isInstant(text) ? normalise(text) : undefined
        if (instant !== undefined) return instant
        context.addIssue({ code: 'custom', message: 'must be an instant, such as "2025-03-03T09:57:36.728Z"' })
        return z.NEVER
      }),
    ),
}
