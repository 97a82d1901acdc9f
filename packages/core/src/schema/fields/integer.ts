import { z } from 'zod'
import type { FieldKind } from '../field.js'
import { numberFromText } from './number-checks.js'

const lowest = -2_147_483_648
const highest = 2_147_483_647

/** A whole number of 32 bits. */
export const integer: FieldKind<number> = {
  kind: 'integer',
  accepts: ['minimum', 'maximum'],
  operators: 'number',
  schema: ({ minimum = lowest, maximum = highest }) => {
    const least = Math.max(minimum, lowest)
    const most = Math.min(maximum, highest)
    return z
      .number('must be a whole number')
      .refine(Number.isInteger, 'must be a whole number')
      .min(least, `must be at least ${least}`)
      .max(most, `must be at most ${most}`)
  },
  fromText: numberFromText,
}
