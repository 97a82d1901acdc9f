import { f } from '../../schema/f.js'
import type { CredentialScope, RateLimit } from '../principal.js'

/**
 * The fields that every kind of stored credential has, for its collection: what it is called, what narrows it, when it
 * ends, when it was used. Of the credential itself there is a hash and the last four characters.
 *
 * @example
 * defineCollection('apiKeys', { ...credentialFields, roleName: f.string() })
 */
export const credentialFields = {
  name: f.string({ pattern: '\\S' }),
  description: f.text({ maxLength: 10_000 }).maybe(),
  scopes: f.json<readonly CredentialScope[]>().maybe(),
  readOnly: f.boolean().default(false),
  allowedIps: f.array<string>().default([]),
  rateLimit: f.json<RateLimit>().maybe(),
  enabled: f.boolean().default(true),
  expiresAt: f.datetime({ readOnly: true, index: true }).maybe(),
  lastFour: f.string({ maxLength: 4, readOnly: true }),
  lastUsedAt: f.datetime({ readOnly: true }).maybe(),
  /** From which address and with which client. */
  lastUsedFrom: f
    .json<{ readonly address: string; readonly client: string | null }>({
      hidden: true,
      readOnly: true,
    })
    .maybe(),
  tokenHash: f.string({ maxLength: 64, unique: true, hidden: true, readOnly: true }),
} as const
