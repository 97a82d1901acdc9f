import type { CredentialLimits } from '@postern/core'

/** The members of a token on the wire (HTTP contract §9), in the order in which records have them. */
export const recordFields = [
  ...(['createdAt', 'allowedIps', 'createdById', 'description', 'enabled', 'expiresAt', 'id', 'lastFour'] as const),
  ...(['lastUsedAt', 'name', 'rateLimit', 'readOnly', 'scopes', 'spaceId'] as const),
] as const

/** A token as the wire shows it. */
export interface TokenRecord extends CredentialLimits {
  readonly createdAt: string
  readonly createdById: number | null
  readonly description: string | null
  readonly enabled: boolean
  readonly expiresAt: string | null
  readonly id: number
  readonly lastFour: string
  readonly lastUsedAt: string | null
  readonly name: string
  readonly spaceId: number | string
}

/** Drops what a row has beside that: its hash, for one. */
export function shown(row: TokenRecord): TokenRecord {
  const { createdAt, allowedIps, createdById, description, enabled, expiresAt, id } = row
  const { lastFour, lastUsedAt, name, rateLimit, readOnly, scopes, spaceId } = row
  const first = { createdAt, allowedIps, createdById, description, enabled, expiresAt, id }
  return { ...first, lastFour, lastUsedAt, name, rateLimit, readOnly, scopes, spaceId }
}

/** With the token itself: in the answer that makes it, and nowhere else. */
export interface MintedToken extends TokenRecord {
  readonly token: string
}

/** What every token begins with: secret scanners know it by that. */
export const tokenPrefix = 'postern_space'
/** Of the principals. */
export const kind = 'spaceToken'
/** What stands before a token's id in the name that the server has for a verified one. */
export const idPrefix = `${kind}-`
export const credentialIdOf = (id: unknown): string => `${idPrefix}${String(id)}`
