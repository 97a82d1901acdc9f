import { z } from 'zod'
import { compareExact, withoutExponent } from '../exact-number.js'
import type { FieldKind, FieldOptions } from '../field.js'

const form = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/
/** Digits in all when a decimal names no precision: far above any amount, far below what burdens the server. */
const defaultPrecision = 100

const digitsOf = (text: string): { whole: number; fraction: number } => {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.')
  return { whole: whole.replace(/^0+/, '').length, fraction: fraction.length }
}

function fits(text: string, { precision, scale }: FieldOptions): boolean {
  const { whole, fraction } = digitsOf(text)
  if (precision === undefined) return whole + fraction <= defaultPrecision
  const behind = scale ?? 0
  return fraction <= behind && whole <= precision - behind
}

const isWithin = (text: string, { minimum, maximum }: FieldOptions): boolean =>
  (minimum === undefined || compareExact(text, minimum) >= 0) &&
  (maximum === undefined || compareExact(text, maximum) <= 0)

/** What has another fault already is not compared: that takes a while where there are too many digits. */
const isOutside = (text: string, options: FieldOptions): boolean =>
  form.test(text) && fits(text, options) && !isWithin(text, options)

/** An exact decimal number: text on the wire, so that no digit is lost. */
export const decimal: FieldKind<string> = {
  kind: 'decimal',
  accepts: ['minimum', 'maximum', 'precision', 'scale'],
  operators: 'number',
  takesDigits: true,
  schema: (options) =>
    z
      .union([z.string(), z.number()], 'must be a decimal number')
      .transform((value) => (typeof value === 'number' ? withoutExponent(String(value)) : value))
      .refine((text) => form.test(text), 'must be a decimal number, such as "12.50"')
      .refine((text) => fits(text, options), 'has more digits than the field holds')
      .refine((text) => !isOutside(text, options), 'is out of its bounds'),
  problem: ({ precision, scale }) => {
    if (scale !== undefined && precision === undefined) return 'a scale needs a precision'
    if (precision !== undefined && (precision < 1 || precision > 1000)) return 'precision must be 1 to 1000'
    return scale !== undefined && precision !== undefined && scale > precision
      ? 'scale is larger than precision'
      : undefined
  },
}
