import type { Principal } from '../auth/principal.js'

/** Adds to the API document that a reader gets, or changes it; called each time the document is made. */
export type ExtendDocument = (
  document: Readonly<Record<string, unknown>>,
  reader: Principal,
) => Readonly<Record<string, unknown>>

/** A request header that a plugin reads beside the action, such as the one that says in which space a call takes place. */
export interface DocumentedHeader {
  readonly name: string
  readonly description: string
  /** A value that works. */
  readonly example?: string
  /** Codes of the errors that come when it is wrong, or missing. */
  readonly errors?: readonly string[]
  /** For which calls of whom it is shown. */
  applies(reader: Principal, resource: string, action: string): boolean
  /** The reader as if he had sent it, with the value that lets him do most: the document says what he may call then. */
  sent?(reader: Principal): Principal
}
