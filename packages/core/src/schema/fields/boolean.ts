import { z } from 'zod'
import type { FieldKind } from '../field.js'

const words: Readonly<Record<string, boolean>> = { true: true, false: false, 1: true, 0: false }

/** True or false. */
export const boolean: FieldKind<boolean> = {
  kind: 'boolean',
  accepts: [],
  operators: 'boolean',
  schema: () => z.boolean('must be true or false'),
  fromText: (text) => (Object.hasOwn(words, text) ? words[text] : text),
}
