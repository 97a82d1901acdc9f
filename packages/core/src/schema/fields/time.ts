import { z } from 'zod'
import type { FieldKind } from '../field.js'
import { isTimeOfDay } from './calendar.js'

const form = /^(\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?$/
const message = 'must be a time of day, such as "09:57:36"'

/** A time of day: `HH:mm:ss`. */
export const time: FieldKind<string> = {
  kind: 'time',
  accepts: [],
  operators: 'date',
  schema: () =>
    z.string(message).transform((text, context) => {
      const [, hour, minute, second = '00'] = form.exec(text) ?? []
      if (hour !== undefined && minute !== undefined && isTimeOfDay(Number(hour), Number(minute), Number(second))) {
        return `${hour}:${minute}:${second}`
      }
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }),
}
