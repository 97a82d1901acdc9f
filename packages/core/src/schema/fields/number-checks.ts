import { z } from 'zod'
import type { FieldOptions } from '../field.js'

const numeric = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?$/i

/** `"2"` in a query string is the number 2; anything else stays text, for the check to refuse. */
export const numberFromText = (text: string): unknown => (numeric.test(text) ? Number(text) : text)

/** A finite number within its bounds. `NaN` and `Infinity` are not JSON, `1e400` overflows: all refused. */
export function numberSchema(options: FieldOptions): z.ZodType<number> {
  let schema = z.number('must be a number')
  if (options.minimum !== undefined) schema = schema.min(options.minimum, `must be at least ${options.minimum}`)
  if (options.maximum !== undefined) schema = schema.max(options.maximum, `must be at most ${options.maximum}`)
  return schema
}
