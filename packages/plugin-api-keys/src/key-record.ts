import type { CredentialLimits, RateLimit, CredentialScope } from '@postern/core'

/** The members of a key on the wire (HTTP contract §9), in the order in which records have them. */
export const recordFields = [
  'createdAt',
  'allowedIps',
  'createdById',
  'description',
  'enabled',
  'expiresAt',
  'id',
  'lastFour',
  'lastUsedAt',
  'name',
  'rateLimit',
  'readOnly',
  'roleName',
  'scopes',
] as const

/** A key as the wire shows it. */
export interface KeyRecord extends CredentialLimits {
  readonly createdAt: string
  readonly allowedIps: readonly string[]
  readonly createdById: number | null
  readonly description: string | null
  readonly enabled: boolean
  readonly expiresAt: string | null
  readonly id: number
  readonly lastFour: string
  readonly lastUsedAt: string | null
  readonly name: string
  readonly rateLimit: RateLimit | null
  readonly readOnly: boolean
  readonly roleName: string
  readonly scopes: readonly CredentialScope[] | null
}

/** Drops what a row has beside that: hashes, for one. */
export function shown(row: KeyRecord): KeyRecord {
  const { createdAt, allowedIps, createdById, description, enabled, expiresAt, id } = row
  const { lastFour, lastUsedAt, name, rateLimit, readOnly, roleName, scopes } = row
  const first = { createdAt, allowedIps, createdById, description, enabled, expiresAt, id }
  return { ...first, lastFour, lastUsedAt, name, rateLimit, readOnly, roleName, scopes }
}

/** A key with its token: in the answer that makes it, and nowhere else. */
export interface MintedKey extends KeyRecord {
  readonly token: string
}

/** Of the principals. */
export const kind = 'apiKey'
/** What stands before a key's id in the name that the server has for a verified key: other credentials have ids too. */
export const prefix = `${kind}-`

export const credentialIdOf = (id: unknown): string => `${prefix}${String(id)}`
