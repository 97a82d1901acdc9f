import { z } from 'zod'
import type { FieldKind } from '../field.js'
import { isDayText } from './calendar.js'

/** A day: `YYYY-MM-DD`. */
export const dateOnly: FieldKind<string> = {
  kind: 'dateOnly',
  accepts: [],
  operators: 'date',
  schema: () => {
    const message = 'must be a day, such as "2025-03-03"'
    return z.string(message).refine(isDayText, message)
  },
}
