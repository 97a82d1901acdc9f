/** The members of a key on the wire (HTTP contract §9). */
export const recordFields = [
  'id',
  'name',
  'description',
  'roleName',
  'enabled',
  'expiresAt',
  'lastFour',
  'createdAt',
  'createdById',
] as const

/** A key as the wire shows it. */
export interface KeyRecord {
  readonly id: number
  readonly name: string
  readonly description: string | null
  readonly roleName: string
  readonly enabled: boolean
  readonly expiresAt: string | null
  readonly lastFour: string
  readonly createdAt: string
  readonly createdById: number | null
}

/** Drops what a row has beside that: hashes, for one. */
export function shown(row: KeyRecord): KeyRecord {
  const { id, name, description, roleName, enabled, expiresAt, lastFour, createdAt, createdById } = row
  return { id, name, description, roleName, enabled, expiresAt, lastFour, createdAt, createdById }
}

/** How the server knows a verified key by name. Sessions and tokens have ids of their own, so the kind is part of it. */
export const credentialIdOf = (id: unknown): string => `apiKey-${String(id)}`
