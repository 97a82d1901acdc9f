import type { FieldKind } from '../field.js'
import { patternProblem, textSchema } from './text-checks.js'

/** A text of any length. */
export const text: FieldKind<string> = {
  kind: 'text',
  accepts: ['minLength', 'maxLength', 'pattern'],
  operators: 'text',
  schema: (options) => textSchema(options),
  problem: patternProblem,
}
