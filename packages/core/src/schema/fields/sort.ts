import { z } from 'zod'
import type { FieldKind } from '../field.js'
import { numberFromText } from './number-checks.js'

/** A place in an order: a whole number. A new record without one is the last. */
export const sort: FieldKind<number> = {
  kind: 'sort',
  accepts: [],
  // Moving one record gives others its place, so that for a moment two have the same.
  refuses: ['unique', 'index', 'default'],
  operators: 'number',
  indexed: true,
  counts: true,
  schema: () => z.number('must be a whole number').refine(Number.isSafeInteger, 'must be a whole number up to 2^53−1'),
  fromText: numberFromText,
}
