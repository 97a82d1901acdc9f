import { randomUUID } from 'node:crypto'
import {
  hashToken,
  refuse,
  wire,
  type AppError,
  type Clock,
  type DatabaseHandle,
  type Principal,
  type Refusal,
} from '@postern/core'
import { apiKeys } from './collection.js'
import { expiryOf, type ExpiryRules } from './expiry.js'
import { credentialIdOf, shown, type KeyRecord } from './key-record.js'
import { claimsOf, fingerprintOf, sameHash, type Jwt, type KeyClaims } from './token.js'

export interface NewKey {
  readonly name: string
  readonly description?: string | null | undefined
  readonly enabled?: boolean | undefined
  readonly role?: unknown
  readonly expiresIn?: unknown
  readonly expiresAt?: unknown
}

export interface KeyOwner {
  readonly userId: number
  /** Those he acts in right now; he gives away none that he has laid aside. Absent: any that he holds. */
  readonly roles?: readonly string[]
}

export interface KeyServiceOptions {
  readonly jwt: Jwt
  readonly clock: Clock
  readonly rules: ExpiryRules
}

/** The same for a role that is lacking, unknown or no role at all: nobody learns which roles there are. */
const refusedRole = (): AppError =>
  wire.INVALID_VALUE({ problem: 'role must be the name of a role that the owner of the key holds' }).at('role')

/** `"editor"` or `{"name":"editor"}`. */
const roleNameOf = (role: unknown): unknown =>
  typeof role === 'object' && role !== null && !Array.isArray(role) && 'name' in role ? role.name : role

async function heldRole(role: unknown, { userId, roles }: KeyOwner, db: DatabaseHandle): Promise<string> {
  const name = roleNameOf(role)
  if (typeof name !== 'string') throw refusedRole()
  const { rows } = await db.sql`SELECT "roleName" FROM "usersRoles" WHERE "userId" = ${userId}`
  const isHeld = rows.some((row) => row['roleName'] === name) && (roles === undefined || roles.includes(name))
  if (!isHeld) throw refusedRole()
  return name
}

/** Makes keys, tells whose they are, and ends them. */
export class KeyService {
  readonly #fingerprint: string

  constructor(private readonly options: KeyServiceOptions) {
    this.#fingerprint = fingerprintOf(options.jwt)
  }

  /**
   * Makes a key in one of its owner's roles. The token is in this answer and nowhere else.
   *
   * @throws 400 INVALID_VALUE
   */
  async mint(owner: KeyOwner, input: NewKey, db: DatabaseHandle): Promise<KeyRecord & { readonly token: string }> {
    const { jwt, clock, rules } = this.options
    const { userId } = owner
    const roleName = await heldRole(input.role, owner, db)
    const now = clock.now()
    const end = expiryOf(input, now, rules)
    const jti = randomUUID()
    const expiry = end === undefined ? {} : { exp: end / 1000 }
    const token = jwt.sign({ userId, roleName, iat: Math.floor(now / 1000), ...expiry, jti })
    const row = await db.repository(apiKeys).create({
      name: input.name,
      description: input.description ?? null,
      enabled: input.enabled ?? true,
      roleName,
      expiresAt: end === undefined ? null : new Date(end).toISOString(),
      lastFour: token.slice(-4),
      jti,
      tokenHash: hashToken(token),
      signedBy: this.#fingerprint,
      createdById: userId,
    })
    return { ...shown(row), token }
  }

  /** Whose key it is. Looks at the signature and at the row: without a row there is no key. */
  async verify(token: string, db: DatabaseHandle): Promise<Principal | Refusal> {
    const outcome = this.options.jwt.verify(token, this.options.clock.now())
    const claims = outcome.state === 'invalid' ? undefined : claimsOf(outcome.payload)
    if (!claims) return refuse()
    const { rows } = await db.sql`
      SELECT keys.id, keys.name, keys."roleName", keys."createdById", keys."expiresAt", keys."tokenHash", keys.enabled,
        users.enabled AS "ownerEnabled", held.id IS NOT NULL AS "roleHeld"
      FROM "apiKeys" AS keys LEFT JOIN users ON users.id = keys."createdById"
      LEFT JOIN "usersRoles" AS held ON held."userId" = keys."createdById" AND held."roleName" = keys."roleName"
      WHERE keys.jti = ${claims.jti}`
    const [row] = rows
    // Only the text that was given out is the key: not another one that the same APP_KEY signed for the same row.
    if (!row || !sameHash(String(row['tokenHash']), hashToken(token))) return refuse()
    return this.#judge(row, claims)
  }

  /** From here on the caller has proved the whole secret, and may be told why it is refused. */
  #judge(row: Readonly<Record<string, unknown>>, { userId, roleName }: KeyClaims): Principal | Refusal {
    const { id, name, expiresAt } = row
    if (Number(row['createdById']) !== userId || row['roleName'] !== roleName) return refuse()
    const end = typeof expiresAt === 'string' ? Date.parse(expiresAt) : undefined
    if (end !== undefined && end <= this.options.clock.now()) return refuse('expired')
    if (row['enabled'] !== true) return refuse('disabled')
    if (row['ownerEnabled'] !== true || row['roleHeld'] !== true) return refuse('owner')
    return {
      kind: 'apiKey',
      userId,
      roles: [roleName],
      credentialId: credentialIdOf(id),
      ...(end === undefined ? {} : { expiresAt: end }),
      credential: { kind: 'apiKey', id, name, roleName, ...(end === undefined ? {} : { expiresAt }) },
    }
  }

  /** Ends a key. The caller makes the nodes forget it. @returns whether there was one */
  async revoke(id: number, db: DatabaseHandle): Promise<boolean> {
    return (await db.repository(apiKeys).destroy({ filter: { id } })) > 0
  }

  /** All keys, or one user's, without their secrets. */
  async list(userId: number | undefined, db: DatabaseHandle): Promise<KeyRecord[]> {
    const filter = userId === undefined ? {} : { createdById: userId }
    return (await db.repository(apiKeys).find({ filter, sort: 'id' })).map(shown)
  }

  /** How many keys of a user work: on, not expired, their role still his, signed under this `APP_KEY`. */
  async countLive(userId: number, db: DatabaseHandle): Promise<number> {
    const { rows } = await db.sql`
      SELECT count(*) AS "count" FROM "apiKeys" AS keys
      JOIN "usersRoles" AS held ON held."userId" = keys."createdById" AND held."roleName" = keys."roleName"
      WHERE keys."createdById" = ${userId} AND keys.enabled AND keys."signedBy" = ${this.#fingerprint}
        AND (keys."expiresAt" IS NULL OR keys."expiresAt" > ${this.#now()})`
    return Number(rows[0]?.['count'])
  }

  /** How many keys that have not expired were signed under another `APP_KEY`. */
  async countForeign(db: DatabaseHandle): Promise<number> {
    const { rows } = await db.sql`
      SELECT count(*) AS "count" FROM "apiKeys"
      WHERE "signedBy" <> ${this.#fingerprint} AND ("expiresAt" IS NULL OR "expiresAt" > ${this.#now()})`
    return Number(rows[0]?.['count'])
  }

  #now(): string {
    return new Date(this.options.clock.now()).toISOString()
  }
}
