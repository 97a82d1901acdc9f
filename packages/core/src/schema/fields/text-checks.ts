import { z } from 'zod'
import type { FieldOptions } from '../field.js'
import { GuardedPattern } from '../guarded-pattern.js'

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
  const pattern = options.pattern === undefined ? undefined : new GuardedPattern(options.pattern)
  return z.string({ error: 'must be a text' }).superRefine((text, context) => {
    const say = (message: string) => context.addIssue({ code: 'custom', message })
    if (!isStorableText(text)) return say('must be Unicode text without NUL characters')
    // A code point takes at most two units: long texts are refused without being counted.
    if (text.length > most && (text.length > most * 2 || lengthOf(text) > most)) {
      return say(`must have at most ${most} characters`)
    }
    if (least > 0 && lengthOf(text) < least) return say(`must have at least ${least} characters`)
    const isFound = pattern ? pattern.test(text) : true
    if (isFound === undefined) return say('takes too long to be matched with its pattern')
    if (!isFound) return say(`must match ${options.pattern ?? ''}`)
    if (options.enum && !options.enum.includes(text)) say(`must be one of ${options.enum.join(', ')}`)
  })
}

/** A pattern that is no regular expression is a fault of the definition. */
export function patternProblem(options: FieldOptions): string | undefined {
  if (options.pattern === undefined) return undefined
  try {
    new GuardedPattern(options.pattern)
    return undefined
  } catch {
    return 'pattern must be a regular expression'
  }
}
