import type { Clock } from '../kernel/clock.js'
import { wire } from '../kernel/wire-errors.js'
import { createNetworkList } from './networks.js'
import type { Principal, RateLimit } from './principal.js'
import type { LimitState, LimitStore } from './rate-limit/limit-store.js'
import { limitHeaders, limitReached } from './rate-limit/rate-limits.js'

/** Milliseconds before its end within which a credential's holder is told of it. */
const nearEnd = 7 * 86_400_000

/** Sets a header of the answer, whatever the answer will be. */
export type TellHeader = (name: string, value: string) => void

/** Lists are those of principals in memory, so each is read once. */
const networkLists = new WeakMap<readonly string[], (address: string) => boolean>()

function isAllowedFrom(allowedIps: readonly string[], address: string): boolean {
  if (allowedIps.length === 0) return true
  let includes = networkLists.get(allowedIps)
  if (!includes) networkLists.set(allowedIps, (includes = createNetworkList(allowedIps)))
  return includes(address)
}

/** What every request with a good credential passes: from where it comes, how soon the credential ends, how many there were. */
export class CredentialGate {
  constructor(
    private readonly clock: Clock,
    private readonly limits: LimitStore,
  ) {}

  /** May it be used from there? @throws 403 IP_NOT_ALLOWED */
  check(principal: Principal, address: string): Principal {
    const { allowedIps } = principal
    if (allowedIps && !isAllowedFrom(allowedIps, address)) throw wire.IP_NOT_ALLOWED()
    return principal
  }

  /** @throws 403 IP_NOT_ALLOWED, 429 RATE_LIMITED */
  admit(principal: Principal, address: string, tell: TellHeader): Principal | Promise<Principal> {
    const { expiryHeader, expiresAt, rateLimit, credentialId } = this.check(principal, address)
    if (expiryHeader !== undefined && expiresAt !== undefined && expiresAt - this.clock.now() < nearEnd) {
      tell(expiryHeader, new Date(expiresAt).toISOString())
    }
    return rateLimit && credentialId !== undefined ? this.#count(principal, credentialId, rateLimit, tell) : principal
  }

  async #count(principal: Principal, id: string, rateLimit: RateLimit, tell: TellHeader): Promise<Principal> {
    const { limit, window } = rateLimit
    // Another limit begins another window.
    const state = await this.limits.count(`credential ${id} ${limit}/${window}`, window)
    if (!state) return principal
    const policy = { name: principal.kind, limit, window }
    if (state.consumed > limit) throw limitReached(policy, state)
    for (const [name, value] of Object.entries(limitHeaders(policy, state))) tell(name, value)
    return { ...principal, credential: { ...principal.credential, rateLimit: this.#left(limit, state) } }
  }

  /** What `auth:check` says. */
  #left(limit: number, { consumed, remains }: LimitState): object {
    return { limit, remaining: limit - consumed, resetAt: new Date(this.clock.now() + remains).toISOString() }
  }
}
