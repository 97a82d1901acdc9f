import { z } from 'zod'
import type { FieldOptions } from '../field.js'
import { mismatch, patternFault } from '../text-pattern.js'

/** Unicode code points: what PostgreSQL and JSON Schema count, where JavaScript counts UTF-16 units. */
const lengthOf = (text: string): number => {
  let length = 0
  for (const _ of text) length++
  return length
}

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** Text that PostgreSQL can store, within the lengths and the pattern of its options. */
export function textSchema(options: FieldOptions, limit?: number): z.ZodType<string> {
  const most = Math.min(options.maxLength ?? Infinity, limit ?? Infinity)
  const least = options.minLength ?? 0
  return z.string({ error: 'must be a text' }).superRefine((text, context) => {
    const say = (message: string) => context.addIssue({ code: 'custom', message })
    if (!isStorableText(text)) return say('must be Unicode text without NUL characters')
    // A code point takes at most two units: long texts are refused without being counted.
    if (text.length > most && (text.length > most * 2 || lengthOf(text) > most)) {
      return say(`must have at most ${most} characters`)
    }
    if (least > 0 && lengthOf(text) < least) return say(`must have at least ${least} characters`)
    const fault = options.pattern === undefined ? undefined : mismatch(options.pattern, text)
    if (fault !== undefined) return say(fault)
    if (options.enum && !options.enum.includes(text)) say(`must be one of ${options.enum.join(', ')}`)
  })
}

/** A pattern that cannot be matched is a fault of the definition. */
export const patternProblem = ({ pattern }: FieldOptions): string | undefined =>
  pattern === undefined ? undefined : patternFault(pattern)
