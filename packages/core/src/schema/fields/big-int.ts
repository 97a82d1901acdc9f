import { z } from 'zod'
import type { FieldKind, FieldOptions } from '../field.js'

const lowest = -(2n ** 63n)
const highest = 2n ** 63n - 1n
const digits = /^[+-]?\d{1,19}$/

const toBigInt = (value: number | string): bigint | undefined => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  return digits.test(value) ? BigInt(value) : undefined
}

const isWithin = (value: bigint, { minimum, maximum }: FieldOptions): boolean =>
  value >= lowest &&
  value <= highest &&
  (minimum === undefined || Number(value) >= minimum) &&
  (maximum === undefined || Number(value) <= maximum)

/** A whole number of 64 bits: a JSON number up to 2^53−1 and a string of digits above. */
export const bigInt: FieldKind<number | string> = {
  kind: 'bigInt',
  accepts: ['minimum', 'maximum'],
  operators: 'number',
  takesDigits: true,
  schema: (options) =>
    z.union([z.number(), z.string()], 'must be a whole number').refine((value) => {
      const exact = toBigInt(value)
      return exact !== undefined && isWithin(exact, options)
    }, 'must be a whole number of 64 bits within its bounds (above 2^53−1 as a string of digits)'),
  fromText: (text) => (digits.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text),
}
