import { z } from 'zod'
import type { FieldKind } from '../field.js'
import { textSchema } from './text-checks.js'

/** One of a list of texts. */
export const enumeration: FieldKind<string> = {
  kind: 'enum',
  accepts: ['enum'],
  operators: 'text',
  schema: ({ enum: values }) =>
    // A filter's operand is checked without the list: asking for what cannot be there is no mistake.
    values === undefined ? textSchema({}) : z.enum(values, `must be one of ${values.join(', ')}`),
  problem: ({ enum: values }) =>
    values === undefined || values.length === 0 ? 'an enum needs its values: "enum": ["a", "b"]' : undefined,
}
