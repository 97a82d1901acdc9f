import type { Principal } from '../auth/principal.js'

/** Adds to the API document that a reader gets, or changes it; called each time the document is made. */
export type ExtendDocument = (
  document: Readonly<Record<string, unknown>>,
  reader: Principal,
) => Readonly<Record<string, unknown>>
