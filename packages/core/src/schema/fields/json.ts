import { z } from 'zod'
import type { FieldKind } from '../field.js'
import { ExactNumber, writeExactJson } from '../exact-number.js'
import { isStorableText } from './text-checks.js'

/** Of a number. */
const mostDigits = 1000

/** Every text in a JSON value, keys included, must be storable. Depth is limited where bodies are read. */
export function isStorableJson(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (value instanceof ExactNumber) return value.text.length <= mostDigits
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isStorableJson)
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).every(([key, member]) => isStorableText(key) && isStorableJson(member))
  }
  return value === null || typeof value === 'boolean'
}

export const unstorable =
  'must be JSON that can be kept as it is: without NUL characters, and numbers that are too large'

/** Any JSON. */
export const json: FieldKind = {
  kind: 'json',
  accepts: [],
  operators: 'json',
  schema: () => z.unknown().refine(isStorableJson, unstorable),
  encode: (value) => writeExactJson(value),
}
