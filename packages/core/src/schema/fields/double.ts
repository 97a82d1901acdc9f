import type { FieldKind } from '../field.js'
import { numberFromText, numberSchema } from './number-checks.js'

/** A floating-point number of 64 bits. */
export const double: FieldKind<number> = {
  kind: 'double',
  accepts: ['minimum', 'maximum'],
  operators: 'number',
  schema: numberSchema,
  fromText: numberFromText,
}
