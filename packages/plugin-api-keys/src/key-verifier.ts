import {
  hashToken,
  principalLimits,
  refuse,
  type Clock,
  type DatabaseHandle,
  type Principal,
  type Refusal,
} from '@postern/core'
import { credentialIdOf } from './key-record.js'
import { claimsOf, sameHash, type Jwt, type KeyClaims } from './token.js'

type FoundRow = Readonly<Record<string, unknown>>

/** Tells whose key a token is. Looks at the signature and at the row: without a row there is no key. */
export class KeyVerifier {
  constructor(
    private readonly jwt: Jwt,
    private readonly clock: Clock,
    private readonly db: DatabaseHandle,
  ) {}

  async verify(token: string): Promise<Principal | Refusal> {
    const outcome = this.jwt.verify(token, this.clock.now())
    const claims = outcome.state === 'invalid' ? undefined : claimsOf(outcome.payload)
    if (!claims) return refuse()
    const { rows } = await this.db.lookup`
      SELECT keys.*, users.enabled AS "ownerEnabled", held.id IS NOT NULL AS "roleHeld"
      FROM "apiKeys" AS keys LEFT JOIN users ON users.id = keys."createdById"
      LEFT JOIN "usersRoles" AS held ON held."userId" = keys."createdById" AND held."roleName" = keys."roleName"
      WHERE keys.jti = ${claims.jti}`
    const [row] = rows
    // Only the text that was given out is the key: not another one that the same APP_KEY signed for the same row.
    if (!row || !sameHash(String(row['tokenHash']), hashToken(token))) return refuse()
    return this.#judge(row, claims)
  }

  /** From here on the caller has proved the whole secret, and may be told why it is refused. */
  #judge(row: FoundRow, { userId, roleName }: KeyClaims): Principal | Refusal {
    const limits = principalLimits(row)
    if (Number(row['createdById']) !== userId || row['roleName'] !== roleName || !limits) return refuse()
    const { expiresAt } = row
    const end = typeof expiresAt === 'string' ? Date.parse(expiresAt) : undefined
    if (end !== undefined && end <= this.clock.now()) return refuse('expired')
    if (row['enabled'] !== true) return refuse('disabled')
    if (row['ownerEnabled'] !== true || row['roleHeld'] !== true) return refuse('owner')
    return {
      kind: 'apiKey',
      userId,
      roles: [roleName],
      ...limits,
      credentialId: credentialIdOf(row['id']),
      ...(end === undefined ? {} : { expiresAt: end, expiryHeader: 'X-Api-Key-Expires-At' }),
      credential: shownCredential(row, limits),
    }
  }
}

/** What `auth:check` says of the key; members that do not apply are left out. */
function shownCredential(row: FoundRow, limits: object): Readonly<Record<string, unknown>> {
  const { id, name, roleName, expiresAt } = row
  const { rateLimit, scopes, readOnly }: Pick<Principal, 'rateLimit' | 'scopes' | 'readOnly'> = limits
  return {
    kind: 'apiKey',
    id,
    name,
    roleName,
    ...(scopes ? { scopes } : {}),
    ...(readOnly === true ? { readOnly } : {}),
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(rateLimit ? { rateLimit: { limit: rateLimit.limit } } : {}),
  }
}
