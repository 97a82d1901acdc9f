import { z } from 'zod'
import type { FieldKind, FieldOptions } from '../field.js'

const lowest = -(2n ** 63n)
const highest = 2n ** 63n - 1n
const digits = /^[+-]?\d{1,19}$/

const toBigInt = (value: number | string): bigint | undefined => {
  // What JavaScript would have rounded came as text; a number that is here is the one that was sent.
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined
  return digits.test(value) ? BigInt(value) : undefined
}

const isWithin = (value: bigint, { minimum, maximum }: FieldOptions): boolean =>
  value >= lowest &&
  value <= highest &&
  (minimum === undefined || value >= minimum) &&
  (maximum === undefined || value <= maximum)

/** A whole number of 64 bits: a JSON number up to 2^53−1 and a string of digits above. */
export const bigInt: FieldKind<number | string> = {
  kind: 'bigInt',
  accepts: ['minimum', 'maximum'],
  operators: 'number',
  takesDigits: true,
  schema: (options) =>
    z
      .union([z.number(), z.string()], 'must be a whole number')
      .refine((value) => {
        const exact = toBigInt(value)
        return exact !== undefined && isWithin(exact, options)
      }, 'must be a whole number of 64 bits within its bounds')
      // `9.007199254740992e15` is how JavaScript may write it, which PostgreSQL does not read.
      .transform((value) =>
        typeof value === 'number' && !Number.isSafeInteger(value) ? String(BigInt(value)) : value,
      ),
  fromText: (text) => (digits.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text),
}
