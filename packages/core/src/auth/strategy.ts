import type { Principal } from './principal.js'

/** What a strategy may look at. */
export interface AuthRequest {
  /** The header's value; undefined when it was not sent. Names in lower case. */
  header(name: string): string | undefined
  /** The client's address: the socket's, or what a trusted proxy says of it. */
  readonly address: string
}

/** How a credential is sent, in the words of OpenAPI's security schemes. */
export type AuthScheme =
  | { readonly type: 'http'; readonly scheme: 'bearer'; readonly bearerFormat?: string }
  | { readonly type: 'apiKey'; readonly in: 'header'; readonly name: string }

/** The credential was this strategy's, and it is no good. */
export interface Refusal {
  readonly refused: true
  /** `expired`, `revoked`, …: only when the caller proved the whole secret. */
  readonly reason?: string
}

/** Refuses a credential. Give a reason only when the whole secret was proved; it is shown to the caller. */
export const refuse = (reason?: string): Refusal => ({ refused: true, ...(reason === undefined ? {} : { reason }) })

export const isRefusal = (outcome: Principal | Refusal): outcome is Refusal => 'refused' in outcome

/** A way to authenticate. */
export interface AuthStrategy<C> {
  /** Shown in the API document, and tells which header carries the credential. */
  readonly scheme: AuthScheme
  /** What its principals are. The API document then names the strategy only where such a principal may call. */
  readonly kind?: Principal['kind']
  /** The strategy's credential in the request; undefined: not mine, ask the next. */
  read(request: AuthRequest): C | undefined
  /** Whose credential it is. A principal is kept in memory until it expires or is invalidated. */
  verify(credential: C, request: AuthRequest): Promise<Principal | Refusal>
}

export const headerOf = (scheme: AuthScheme): string =>
  scheme.type === 'http' ? 'authorization' : scheme.name.toLowerCase()

/**
 * The token of `Authorization: Bearer <token>`: any case, any blanks between; undefined when it is something else. A token
 * is visible ASCII: JavaScript's idea of a blank is wider than HTTP's, and would let several texts be the same token.
 */
export function bearerToken(request: AuthRequest): string | undefined {
  return /^[ \t]*bearer[ \t]+([!-~]+)[ \t]*$/i.exec(request.header('authorization') ?? '')?.[1]
}
