import { z } from 'zod'
import type { FieldKind } from '../field.js'
import { ExactNumber } from '../exact-number.js'
import { isStorableText } from './text-checks.js'

/** Every text in a JSON value, keys included, must be storable. Depth is limited where bodies are read. */
export function isStorableJson(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (value instanceof ExactNumber) return !value.isWhole
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isStorableJson)
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).every(([key, member]) => isStorableText(key) && isStorableJson(member))
  }
  return value === null || typeof value === 'boolean'
}

export const unstorable = 'must be JSON that can be kept as it is: without NUL characters and whole numbers above 2^53'

/** Any JSON. */
export const json: FieldKind = {
  kind: 'json',
  accepts: [],
  operators: 'json',
  schema: () => z.unknown().refine(isStorableJson, unstorable),
  encode: (value) => JSON.stringify(value),
}
