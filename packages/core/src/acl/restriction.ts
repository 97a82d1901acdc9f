import type { Principal } from '../auth/principal.js'

/** How a plugin narrows a call beyond its grants: a space, a key's own scopes. It can only take away. */
export interface Restriction {
  /** Only rows that match this filter, in addition to those of the grants. */
  readonly where?: Readonly<Record<string, unknown>>
  /** Only these fields, of those granted. */
  readonly fields?: readonly string[]
  /** Written into every record, whatever the caller sends. */
  readonly values?: Readonly<Record<string, unknown>>
}

export type Restrict = (principal: Principal, resource: string, action: string) => Restriction | 'deny' | undefined
