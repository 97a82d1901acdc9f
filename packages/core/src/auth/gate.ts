import type { Clock } from '../kernel/clock.js'
import { wire } from '../kernel/wire-errors.js'
import { createNetworkList } from './networks.js'
import type { Principal } from './principal.js'

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

/** What every request with a good credential passes: from where it comes, and how soon the credential ends. */
export class CredentialGate {
  constructor(private readonly clock: Clock) {}

  /** @throws 403 IP_NOT_ALLOWED */
  admit(principal: Principal, address: string, tell: TellHeader): Principal {
    const { allowedIps, expiryHeader, expiresAt } = principal
    if (allowedIps && !isAllowedFrom(allowedIps, address)) throw wire.IP_NOT_ALLOWED()
    if (expiryHeader !== undefined && expiresAt !== undefined && expiresAt - this.clock.now() < nearEnd) {
      tell(expiryHeader, new Date(expiresAt).toISOString())
    }
    return principal
  }
}
