import { z } from 'zod'
import type { FieldKind } from '../field.js'
import { isDayText, isTimeOfDay } from './calendar.js'

const form = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?$/
const message = 'must be a date and time without a zone, such as "2025-03-03 09:57:36"'

/** A date and time on the wall, without a zone: `YYYY-MM-DD HH:mm:ss`. Fractions of seconds are dropped, as everywhere. */
export const datetimeNoTz: FieldKind<string> = {
  kind: 'datetimeNoTz',
  accepts: [],
  operators: 'date',
  schema: () =>
    z.string(message).transform((text, context) => {
      const [, day = '', hour = '', minute = '', second = '00'] = form.exec(text) ?? []
      if (isDayText(day) && isTimeOfDay(Number(hour), Number(minute), Number(second))) {
        return `${day} ${hour}:${minute}:${second}`
      }
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }),
}
