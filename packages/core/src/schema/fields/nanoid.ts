import { nanoid as randomNanoid } from 'nanoid'
import type { FieldKind } from '../field.js'
import { textSchema } from './text-checks.js'

/** A short random id. Fills itself when absent. */
export const nanoid: FieldKind<string> = {
  kind: 'nanoid',
  accepts: [],
  operators: 'text',
  schema: () => textSchema({}, 64),
  generate: () => randomNanoid(),
}
