import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Principal } from './principal.js'

/** What became known to be no longer true: of some users, some credentials, or of everything. */
export type Invalidation =
  { readonly all: true } | { readonly userIds: readonly number[] } | { readonly credentialIds: readonly string[] }

/** More names than this do not fit into a message to the other nodes, and forgetting everything is cheap. */
const mostNames = 200

/** Checks what one node tells the others; long lists become: everything. */
export const invalidationSchema = z
  .union([
    z.object({ all: z.literal(true) }),
    z.object({ userIds: z.array(z.number()) }),
    z.object({ credentialIds: z.array(z.string()) }),
  ])
  .transform((what): Invalidation => {
    if ('all' in what) return what
    const names = 'userIds' in what ? what.userIds : what.credentialIds
    return names.length > mostNames ? { all: true } : what
  })

const mostCredentials = 10_000
/** Characters, in all: the same credential may be sent with any number of blanks in it. */
const mostText = 16_777_216

/**
 * Verified credentials in memory, by the text that was sent. Holds nothing that was not proved, so garbage cannot
 * fill it. Consulted only while the node's lease lasts (`isFresh`), so a node that was cut off asks the database.
 */
export class CredentialCache {
  readonly #principals = new LRUCache<string, Principal>({
    max: mostCredentials,
    maxSize: mostText,
    sizeCalculation: (_principal, credential) => credential.length,
  })
  #epoch = 0

  constructor(private readonly isFresh: () => boolean) {}

  /** Grows with every invalidation; a verification that began before one may not be kept. */
  get epoch(): number {
    return this.#epoch
  }

  get(credential: string, now: number): Principal | undefined {
    if (!this.isFresh()) return undefined
    const principal = this.#principals.get(credential)
    if (principal?.expiresAt === undefined || principal.expiresAt > now) return principal
    this.#principals.delete(credential)
    return undefined
  }

  set(credential: string, principal: Principal, epoch: number): void {
    if (epoch === this.#epoch && this.isFresh()) this.#principals.set(credential, principal)
  }

  invalidate(what: Invalidation): void {
    this.#epoch++
    if ('all' in what) return this.#principals.clear()
    const isMeant = meaning(what)
    for (const [credential, principal] of this.#principals) if (isMeant(principal)) this.#principals.delete(credential)
  }

  get size(): number {
    return this.#principals.size
  }
}

function meaning(what: Exclude<Invalidation, { all: true }>): (principal: Principal) => boolean {
  if ('userIds' in what) return ({ userId }) => userId !== null && what.userIds.includes(userId)
  return ({ credentialId }) => credentialId !== undefined && what.credentialIds.includes(credentialId)
}
