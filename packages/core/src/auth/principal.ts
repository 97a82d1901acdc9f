/** What a credential may do at most, beside its roles: these actions of this resource. */
export interface CredentialScope {
  readonly resource: string
  readonly actions: readonly string[]
}

/** So many requests in a window of so many seconds. */
export interface RateLimit {
  readonly limit: number
  readonly window: number
}

/** Who calls. */
export interface Principal {
  readonly kind: 'session' | 'apiKey' | 'spaceToken' | (string & {})
  /** Whose rights and author columns; null: nobody in particular. */
  readonly userId: number | null
  /** The ceiling: what these roles may. */
  readonly roles: readonly string[]
  /** Narrower than the roles: outside of them the roles count for nothing. */
  readonly scopes?: readonly CredentialScope[]
  /** Outside of reading actions the roles count for nothing. */
  readonly readOnly?: boolean
  /** Addresses and networks that it may be used from; none or absent: from anywhere. */
  readonly allowedIps?: readonly string[]
  /** Counted by `credentialId`. */
  readonly rateLimit?: RateLimit
  /** For limits, usage and audit. */
  readonly credentialId?: string
  /** When the credential ends, in milliseconds since 1970. */
  readonly expiresAt?: number
  /** A response header that tells the end of the credential (ISO 8601) when it is near. */
  readonly expiryHeader?: string
  /** What `auth:check` shows of the credential. */
  readonly credential?: Readonly<Record<string, unknown>>
  /** Its rights are not those of roles: `X-Role` says nothing to it. */
  readonly roleless?: true
  /** A plugin's own, e.g. the space. */
  readonly attributes?: Readonly<Record<string, unknown>>
}

export const anonymous: Principal = { kind: 'anonymous', userId: null, roles: [] }

/** The server itself: commands, jobs, migrations. May do everything. */
export const systemPrincipal: Principal = { kind: 'system', userId: null, roles: ['root'] }
