import { randomUUID } from 'node:crypto'
import {
  checkRotatable,
  checkScopes,
  expiryOf,
  graceEnd,
  hashToken,
  renewedEnd,
  wire,
  type AppError,
  type Clock,
  type CredentialLimits,
  type DatabaseHandle,
  type LifetimeRules,
  type ScopeJudge,
} from '@postern/core'
import { apiKeys } from './collection.js'
import { shown, type KeyRecord, type MintedKey } from './key-record.js'
import type { Jwt } from './token.js'

/** The last part: what narrows a key beyond its role. All of it may be left out. */
export interface NewKey extends Partial<Loose<CredentialLimits>> {
  readonly name: string
  readonly description?: string | null | undefined
  readonly enabled?: boolean | undefined
  readonly role?: unknown
  readonly expiresIn?: unknown
  readonly expiresAt?: unknown
}
type Loose<T> = { readonly [K in keyof T]: T[K] | null | undefined }

export interface KeyOwner {
  readonly userId: number
  /** Those he acts in right now; he gives away none that he has laid aside. Absent: any that he holds. */
  readonly roles?: readonly string[]
}

export interface KeyServiceOptions {
  readonly jwt: Jwt
  readonly clock: Clock
  readonly rules: LifetimeRules
  /** Judges scopes for a key of a role. */
  readonly judge: (roleName: string) => ScopeJudge
}

/** What a key is made of, checked. */
interface Draft extends CredentialLimits {
  readonly name: string
  readonly description: string | null
  readonly enabled: boolean
  readonly roleName: string
  /** Milliseconds since 1970; undefined: never. */
  readonly end: number | undefined
}

export interface Rotation {
  readonly key: MintedKey
  readonly previous: { readonly id: number; readonly expiresAt: string }
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

/** Makes keys, puts others in their place, and ends them. Whoever calls makes the nodes forget the keys that end. */
export class KeyService {
  constructor(private readonly options: KeyServiceOptions) {}

  /**
   * Makes a key in one of its owner's roles. The token is in this answer and nowhere else.
   *
   * @throws 400 INVALID_VALUE
   */
  async mint(owner: KeyOwner, input: NewKey, db: DatabaseHandle): Promise<MintedKey> {
    const { clock, rules, judge } = this.options
    const roleName = await heldRole(input.role, owner, db)
    const end = expiryOf(input, clock.now(), rules)
    checkScopes(input.scopes, judge(roleName))
    const { name, description = null, enabled = true, scopes, readOnly, allowedIps, rateLimit } = input
    const limits = {
      scopes: scopes ?? null,
      readOnly: readOnly ?? false,
      allowedIps: allowedIps ?? [],
      rateLimit: rateLimit ?? null,
    }
    return this.#insert(owner.userId, { name, description, enabled, roleName, end, ...limits }, db)
  }

  async #insert(userId: number, draft: Draft, db: DatabaseHandle): Promise<MintedKey> {
    const { jwt, clock } = this.options
    const { end, ...values } = draft
    const jti = randomUUID()
    const expiry = end === undefined ? {} : { exp: end / 1000 }
    const { roleName } = draft
    const token = jwt.sign({ userId, roleName, iat: Math.floor(clock.now() / 1000), ...expiry, jti })
    const row = await db.repository(apiKeys).create({
      ...values,
      expiresAt: end === undefined ? null : new Date(end).toISOString(),
      lastFour: token.slice(-4),
      jti,
      tokenHash: hashToken(token),
      signedBy: jwt.fingerprints[0] ?? '',
      createdById: userId,
    })
    return { ...shown(row), token }
  }

  /**
   * Makes a key like this one, which is then good for `graceSeconds` more, and never beyond its own end.
   *
   * @throws 404, 409 CONFLICT
   */
  async rotate(id: number, graceSeconds: number, db: DatabaseHandle): Promise<Rotation> {
    const now = this.options.clock.now()
    await db.sql`SELECT 1 FROM "apiKeys" WHERE id = ${id} FOR NO KEY UPDATE`
    const row = await db.repository(apiKeys).findOne({ filter: { id } })
    if (!row || row.createdById === null) throw wire.NOT_FOUND({ hint: '' })
    checkRotatable(row, now, 'key')
    const roleName = await heldRole(row.roleName, { userId: row.createdById }, db).catch(() => {
      throw wire.CONFLICT({ problem: 'the owner of this key no longer holds its role; it cannot be rotated' })
    })
    const { name, description, enabled, scopes, readOnly, allowedIps, rateLimit } = row
    const limits = { scopes, readOnly, allowedIps, rateLimit }
    const draft = { name, description, enabled, roleName, ...limits, end: renewedEnd(row, now, this.options.rules) }
    const key = await this.#insert(row.createdById, draft, db)
    const expiresAt = graceEnd(row, now, graceSeconds)
    await db.sql`UPDATE "apiKeys" SET "expiresAt" = ${expiresAt}, "rotatedToId" = ${key.id} WHERE id = ${id}`
    return { key, previous: { id: row.id, expiresAt } }
  }

  /** Ends keys. @returns what they were */
  async revoke(
    which: { readonly id: number } | { readonly userId?: number; readonly before?: string },
    db: DatabaseHandle,
  ): Promise<KeyRecord[]> {
    const repository = db.repository(apiKeys)
    const filter =
      'id' in which
        ? { id: which.id }
        : {
            ...(which.userId === undefined ? {} : { createdById: which.userId }),
            ...(which.before === undefined ? {} : { createdAt: { $lt: which.before } }),
          }
    const found = await repository.find({ filter, sort: 'id' })
    const { rows } =
      await db.sql`DELETE FROM "apiKeys" WHERE id = ANY(${found.map(({ id }) => id)}::bigint[]) RETURNING id`
    const ended = new Set(rows.map((row) => row['id']))
    return found.filter(({ id }) => ended.has(id)).map(shown)
  }

  /** All keys, or one user's, or those that end before an instant, without their secrets. */
  async list(which: { readonly userId?: number; readonly endingBefore?: number }, db: DatabaseHandle) {
    const { userId, endingBefore } = which
    const until = endingBefore === undefined ? undefined : new Date(endingBefore).toISOString()
    const filter = {
      ...(userId === undefined ? {} : { createdById: userId }),
      ...(until === undefined ? {} : { expiresAt: { $gt: this.#now(), $lte: until } }),
    }
    return (await db.repository(apiKeys).find({ filter, sort: 'id' })).map(shown)
  }

  async find(id: number, db: DatabaseHandle): Promise<KeyRecord | undefined> {
    const row = await db.repository(apiKeys).findOne({ filter: { id } })
    return row && shown(row)
  }

  /** How many keys of a user work: on, not expired, their role still his, signed under an `APP_KEY` that counts. */
  async countLive(userId: number, db: DatabaseHandle): Promise<number> {
    const { rows } = await db.sql`
      SELECT count(*) AS "count" FROM "apiKeys" AS keys
      JOIN "usersRoles" AS held ON held."userId" = keys."createdById" AND held."roleName" = keys."roleName"
      WHERE keys."createdById" = ${userId} AND keys.enabled
        AND keys."signedBy" = ANY(${this.options.jwt.fingerprints}::text[])
        AND (keys."expiresAt" IS NULL OR keys."expiresAt" > ${this.#now()})`
    return Number(rows[0]?.['count'])
  }

  /** How many keys that have not expired were signed under an `APP_KEY` that does not count any more. */
  async countForeign(db: DatabaseHandle): Promise<number> {
    const { rows } = await db.sql`
      SELECT count(*) AS "count" FROM "apiKeys"
      WHERE "signedBy" <> ALL(${this.options.jwt.fingerprints}::text[])
        AND ("expiresAt" IS NULL OR "expiresAt" > ${this.#now()})`
    return Number(rows[0]?.['count'])
  }

  #now(): string {
    return new Date(this.options.clock.now()).toISOString()
  }
}
