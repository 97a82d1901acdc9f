import { z } from 'zod'
import type { FieldKind } from '../field.js'
import { isStorableText } from './text-checks.js'

/** Every text in a JSON value, keys included, must be storable. Depth is limited where bodies are read. */
export function isStorableJson(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isStorableJson)
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).every(([key, member]) => isStorableText(key) && isStorableJson(member))
  }
  return value === null || typeof value === 'boolean'
}

/** Any JSON. */
export const json: FieldKind = {
  kind: 'json',
  accepts: [],
  operators: 'json',
  schema: () => z.unknown().refine(isStorableJson, 'must be JSON without NUL characters'),
  encode: (value) => JSON.stringify(value),
}
