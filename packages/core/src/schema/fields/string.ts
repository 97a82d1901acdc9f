import type { FieldKind } from '../field.js'
import { patternProblem, textSchema } from './text-checks.js'

/** The length of a `string` that names none. */
export const defaultStringLength = 255

/** A short text: 255 characters unless `maxLength` says otherwise. */
export const string: FieldKind<string> = {
  kind: 'string',
  accepts: ['minLength', 'maxLength', 'pattern', 'enum'],
  operators: 'text',
  schema: (options) => textSchema(options, options.maxLength ?? defaultStringLength),
  problem: patternProblem,
}
