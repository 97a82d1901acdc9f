import { parseFieldDefinition } from '../../src/schema/definition.js'
import { compileField } from '../../src/schema/shape.js'

/** What became of a value: how it is stored, or why it is refused. */
export type Outcome = { readonly stored: unknown } | { readonly refused: string }

/** Checks one value of a field that is defined as it is over HTTP. */
export function checkValue(definition: Readonly<Record<string, unknown>>, value: unknown): Outcome {
  const result = compileField('x', parseFieldDefinition(definition)).schema.safeParse(value)
  return result.success ? { stored: result.data } : { refused: result.error.issues[0]?.message ?? '' }
}

export const isRefused = (definition: Readonly<Record<string, unknown>>, value: unknown): boolean =>
  'refused' in checkValue(definition, value)
