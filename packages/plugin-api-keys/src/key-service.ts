import { randomUUID } from 'node:crypto'
import {
  hashToken,
  refuse,
  wire,
  type AppError,
  type Clock,
  type DatabaseHandle,
  type PluginContext,
  type Principal,
  type Refusal,
} from '@postern/core'
import { apiKeys } from './collection.js'
import { expiryOf, type ExpiryRules } from './expiry.js'
import { claimsOf, fingerprintOf, looksLikeKey, sameHash } from './token.js'

type Jwt = PluginContext<object, object>['auth']['jwt']

export interface NewKey {
  readonly name: string
  readonly description?: string | null | undefined
  readonly role?: unknown
  readonly expiresIn?: unknown
  readonly expiresAt?: unknown
}

/** A key as the wire shows it. */
export interface KeyRecord {
  readonly id: number
  readonly name: string
  readonly description: string | null
  readonly roleName: string
  readonly enabled: boolean
  readonly expiresAt: string | null
  readonly lastFour: string
  readonly createdAt: string
  readonly createdById: number | null
}

export interface KeyServiceOptions {
  readonly jwt: Jwt
  readonly clock: Clock
  readonly rules: ExpiryRules
}

/** The same for a role that is lacking, unknown or no role at all: nobody learns which roles there are. */
const refusedRole = (): AppError =>
  wire.INVALID_VALUE({ problem: 'role must be the name of one of your own roles' }).at('role')

function roleName(role: unknown): string {
  const name = typeof role === 'object' && role !== null && !Array.isArray(role) && 'name' in role ? role.name : role
  if (typeof name !== 'string' || name === '') throw refusedRole()
  return name
}

/** Makes keys and tells whose they are. */
export class KeyService {
  readonly #fingerprint: string

  constructor(private readonly options: KeyServiceOptions) {
    this.#fingerprint = fingerprintOf(options.jwt)
  }

  /**
   * Makes a key for a user, in one of his roles. The token is in this answer and nowhere else.
   *
   * @throws 400 INVALID_VALUE
   */
  async mint(userId: number, input: NewKey, db: DatabaseHandle): Promise<KeyRecord & { readonly token: string }> {
    const { jwt, clock, rules } = this.options
    const role = roleName(input.role)
    const held = await db.sql`SELECT 1 FROM "usersRoles" WHERE "userId" = ${userId} AND "roleName" = ${role}`
    if (held.count === 0) throw refusedRole()
    const expiry = expiryOf(input, clock.now(), rules)
    const jti = randomUUID()
    const expires = expiry === undefined ? {} : { exp: expiry / 1000 }
    const token = jwt.sign({ userId, roleName: role, iat: Math.floor(clock.now() / 1000), ...expires, jti })
    const row = await db.repository(apiKeys).create({
      name: input.name,
      description: input.description ?? null,
      roleName: role,
      expiresAt: expiry === undefined ? null : new Date(expiry).toISOString(),
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
    const outcome = looksLikeKey(token)
      ? this.options.jwt.verify(token, this.options.clock.now())
      : { state: 'invalid' as const }
    if (outcome.state === 'invalid') return refuse()
    const claims = claimsOf(outcome.payload)
    if (!claims) return refuse()
    const { rows } = await db.sql`
      SELECT keys.id, keys.name, keys."roleName", keys."createdById", keys."expiresAt", keys."tokenHash", keys.enabled,
        users.enabled AS "ownerEnabled", held.id IS NOT NULL AS "roleHeld"
      FROM "apiKeys" AS keys LEFT JOIN users ON users.id = keys."createdById"
      LEFT JOIN "usersRoles" AS held ON held."userId" = keys."createdById" AND held."roleName" = keys."roleName"
      WHERE keys.jti = ${claims.jti}`
    const [row] = rows
    if (!row || !sameHash(String(row['tokenHash']), hashToken(token))) return refuse()
    return this.#judge(row, claims)
  }

  /** From here on the caller has proved the whole secret, and may be told why it is refused. */
  #judge(
    row: Readonly<Record<string, unknown>>,
    claims: { readonly userId: number; readonly roleName: string },
  ): Principal | Refusal {
    const { id, name, expiresAt } = row
    if (Number(row['createdById']) !== claims.userId || row['roleName'] !== claims.roleName) return refuse()
    const ends = typeof expiresAt === 'string' ? Date.parse(expiresAt) : undefined
    if (ends !== undefined && ends <= this.options.clock.now()) return refuse('expired')
    if (row['enabled'] !== true) return refuse('disabled')
    if (row['ownerEnabled'] !== true || row['roleHeld'] !== true) return refuse('owner')
    return {
      kind: 'apiKey',
      userId: claims.userId,
      roles: [claims.roleName],
      credentialId: credentialIdOf(id),
      ...(ends === undefined ? {} : { expiresAt: ends }),
      credential: { kind: 'apiKey', id, name, roleName: claims.roleName, ...(ends === undefined ? {} : { expiresAt }) },
    }
  }

  /** How many live keys a user has. */
  async count(userId: number, db: DatabaseHandle): Promise<number> {
    const now = new Date(this.options.clock.now()).toISOString()
    const { rows } = await db.sql`
      SELECT count(*) AS "count" FROM "apiKeys"
      WHERE "createdById" = ${userId} AND enabled AND ("expiresAt" IS NULL OR "expiresAt" > ${now}) AND "signedBy" = ${this.#fingerprint}`
    return Number(rows[0]?.['count'])
  }

  /** How many keys that have not expired were signed under another `APP_KEY`. */
  async countForeign(db: DatabaseHandle): Promise<number> {
    const now = new Date(this.options.clock.now()).toISOString()
    const { rows } = await db.sql`
      SELECT count(*) AS "count" FROM "apiKeys" WHERE "signedBy" <> ${this.#fingerprint} AND ("expiresAt" IS NULL OR "expiresAt" > ${now})`
    return Number(rows[0]?.['count'])
  }
}

export const credentialIdOf = (id: unknown): string => `apiKey-${String(id)}`

export function shown({
  id,
  name,
  description,
  roleName: role,
  enabled,
  expiresAt,
  lastFour,
  createdAt,
  createdById,
}: KeyRecord): KeyRecord {
  return { id, name, description, roleName: role, enabled, expiresAt, lastFour, createdAt, createdById }
}
