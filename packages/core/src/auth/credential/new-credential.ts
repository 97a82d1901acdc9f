import { z } from 'zod'
import { combineErrors } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import { limitsInput } from './limits.js'

/**
 * What a body says of a new credential of any kind, for a loose object: other names get an error of their own
 * (`refuseOtherNames`), as a credential without the limits that its maker asked for would be too wide.
 */
export const newCredentialInput = {
  name: z.string('must be a text').refine((name) => name.trim() !== '', 'must not be blank'),
  expiresIn: z.unknown().optional().describe('"30d", "12h", a number of seconds, or "never"'),
  expiresAt: z.unknown().optional().describe('Instead of expiresIn: an ISO 8601 date'),
  description: z.string('must be a text').nullable().optional(),
  enabled: z.boolean('must be true or false').optional(),
  ...limitsInput,
} as const

interface Fields {
  readonly fields: Readonly<Record<string, { readonly options: object }>>
}

const always = ['id', 'createdAt', 'updatedAt', 'createdById', 'updatedById', 'userId', 'token', 'hash']
const isReadOnly = (options: object): boolean => 'readOnly' in options && options.readOnly === true

/**
 * Refuses names that say nothing of a new credential; of those that look as if they could be sent, it is told that the
 * server sets them.
 *
 * @throws 400 READONLY_FIELD or UNKNOWN_FIELD, one entry for each fault
 */
export function refuseOtherNames(body: object, allowed: object, { fields }: Fields): void {
  const isSet = (name: string): boolean =>
    always.includes(name) || (Object.hasOwn(fields, name) && isReadOnly(fields[name]?.options ?? {}))
  const faults = Object.keys(body)
    .filter((name) => !Object.hasOwn(allowed, name))
    .map((name) => (isSet(name) ? wire.READONLY_FIELD({ name }) : wire.UNKNOWN_FIELD({ name })).at(name))
  const [first, ...rest] = faults
  if (first) throw combineErrors([first, ...rest])
}
