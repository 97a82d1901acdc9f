import { f } from '../../schema/f.js'

/**
 * The fields of a record of what became of credentials, for its collection, beside the one that holds the credential's id.
 *
 * @example
 * defineCollection('apiKeyEvents', { ...credentialEventFields, keyId: f.bigInt({ readOnly: true, index: true }) }, eventOptions)
 */
export const credentialEventFields = {
  at: f.datetime({ readOnly: true, index: true }),
  event: f.string({ maxLength: 30, readOnly: true }),
  /** Of a refusal: `address` or `scope`. */
  reason: f.string({ maxLength: 30, readOnly: true }).maybe(),
  byUserId: f.bigInt({ readOnly: true }).maybe(),
  address: f.string({ maxLength: 100, readOnly: true }).maybe(),
  requestId: f.string({ maxLength: 100, readOnly: true }).maybe(),
  /** Whose the credential is or was: he may read it. */
  ownerId: f.bigInt({ hidden: true, readOnly: true, index: true }).maybe(),
} as const

/** Records of events are written once. */
export const credentialEventOptions = { timestamps: false, createdBy: false, updatedBy: false } as const
