import type { FieldKind } from '../field.js'
import { numberFromText, numberSchema } from './number-checks.js'

/** A floating-point number. Stored in 64 bits, so that what goes in comes out. */
export const float: FieldKind<number> = {
  kind: 'float',
  accepts: ['minimum', 'maximum'],
  operators: 'number',
  schema: numberSchema,
  fromText: numberFromText,
}
