import { z } from 'zod'
import type { FieldKind } from '../field.js'
import { writeExactJson } from '../exact-number.js'
import { isStorableJson, unstorable } from './json.js'

/** A list of JSON values. Keeps its order and its duplicates. */
export const array: FieldKind<readonly unknown[]> = {
  kind: 'array',
  accepts: [],
  operators: 'array',
  schema: () => z.array(z.unknown(), 'must be a list').refine(isStorableJson, unstorable),
  encode: (value) => writeExactJson(value),
}
