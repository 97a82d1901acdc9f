import { defineCollection, f } from '@postern/core'

/** The keys. `createdById` is the owner; of the key itself only a hash is kept. */
export const apiKeys = defineCollection(
  'apiKeys',
  {
    name: f.string({ pattern: '\\S' }),
    description: f.text({ maxLength: 10_000 }).maybe(),
    roleName: f.string({ maxLength: 100, readOnly: true }),
    enabled: f.boolean().default(true),
    expiresAt: f.datetime({ readOnly: true, index: true }).maybe(),
    lastFour: f.string({ maxLength: 4, readOnly: true }),
    /** The token's `jti`: how the row is found. */
    jti: f.string({ maxLength: 64, unique: true, hidden: true, readOnly: true }),
    tokenHash: f.string({ maxLength: 64, hidden: true, readOnly: true }),
    /** Which `APP_KEY` signed the token: a fingerprint that says nothing of the key. */
    signedBy: f.string({ maxLength: 64, hidden: true, readOnly: true }),
  },
  { title: 'API keys', updatedBy: false },
)
