import {
  checkRotatable,
  checkScopes,
  expiryOf,
  graceEnd,
  hashToken,
  mintOpaqueToken,
  notFound,
  renewedEnd,
  wire,
  type Clock,
  type CredentialLimits,
  type DatabaseHandle,
  type LifetimeRules,
  type ScopeJudge,
} from '@postern/core'
import { spaceTokens } from './collections.js'
import { roleNamed, type SpaceRole } from './roles.js'
import { shown, tokenPrefix, type MintedToken, type TokenRecord } from './token-record.js'

type Loose<T> = { readonly [K in keyof T]: T[K] | null | undefined }

/** The last part: what narrows a token beyond the role of its maker. All of it may be left out. */
export interface NewToken extends Partial<Loose<CredentialLimits>> {
  readonly name: string
  readonly description?: string | null | undefined
  readonly enabled?: boolean | undefined
  readonly expiresIn?: unknown
  readonly expiresAt?: unknown
}

export interface TokenOwner {
  readonly userId: number
  readonly spaceId: number
}

export interface TokenServiceOptions {
  readonly clock: Clock
  readonly rules: LifetimeRules
  /** Judges scopes for what a role may do in a space. */
  readonly judge: (role: SpaceRole) => ScopeJudge
}

interface Draft extends CredentialLimits {
  readonly name: string
  readonly description: string | null
  readonly enabled: boolean
  /** Milliseconds since 1970; undefined: never. */
  readonly end: number | undefined
}

export interface Rotation {
  readonly token: MintedToken
  readonly previous: { readonly id: number; readonly expiresAt: string }
}

/** Makes tokens, puts others in their place, and ends them. Whoever calls makes the nodes forget those that end. */
export class TokenService {
  constructor(private readonly options: TokenServiceOptions) {}

  /**
   * Makes a token for a member of a space. It is in this answer and nowhere else.
   *
   * @throws 400 INVALID_VALUE; 409 CONFLICT where its maker is no member: it would be worth nothing
   */
  async mint(owner: TokenOwner, input: NewToken, db: DatabaseHandle): Promise<MintedToken> {
    const { clock, rules, judge } = this.options
    const role = await roleIn(owner, db)
    if (!role) throw wire.CONFLICT({ problem: 'A token acts as its maker, who must be a member of the space' })
    const end = expiryOf(input, clock.now(), rules)
    checkScopes(input.scopes, judge(role))
    const { name, description = null, enabled = true, scopes, readOnly, allowedIps, rateLimit } = input
    const limits = {
      scopes: scopes ?? null,
      readOnly: readOnly ?? false,
      allowedIps: allowedIps ?? [],
      rateLimit: rateLimit ?? null,
    }
    return this.#insert(owner, { name, description, enabled, end, ...limits }, db)
  }

  async #insert({ userId, spaceId }: TokenOwner, draft: Draft, db: DatabaseHandle): Promise<MintedToken> {
    const { end, ...values } = draft
    const token = mintOpaqueToken(tokenPrefix)
    const row = await db.repository(spaceTokens).create({
      ...values,
      spaceId,
      expiresAt: end === undefined ? null : new Date(end).toISOString(),
      lastFour: token.slice(-4),
      tokenHash: hashToken(token),
      createdById: userId,
    })
    return { ...shown(row), token }
  }

  /**
   * Makes a token like this one, which is then good for `graceSeconds` more, and never beyond its own end.
   *
   * @throws 404, 409 CONFLICT
   */
  async rotate(id: number, graceSeconds: number, db: DatabaseHandle): Promise<Rotation> {
    const now = this.options.clock.now()
    await db.sql`SELECT 1 FROM "spaceTokens" WHERE id = ${id} FOR NO KEY UPDATE`
    const row = await db.repository(spaceTokens).findOne({ filter: { id } })
    if (!row || row.createdById === null) throw notFound()
    checkRotatable(row, now, 'token')
    const owner = { userId: row.createdById, spaceId: Number(row.spaceId) }
    if (!(await roleIn(owner, db))) {
      throw wire.CONFLICT({ problem: 'the maker of this token is no longer a member; it cannot be rotated' })
    }
    const { name, description, enabled, scopes, readOnly, allowedIps, rateLimit } = row
    const limits = { scopes, readOnly, allowedIps, rateLimit }
    const end = renewedEnd(row, now, this.options.rules)
    const token = await this.#insert(owner, { name, description, enabled, end, ...limits }, db)
    const expiresAt = graceEnd(row, now, graceSeconds)
    await db.sql`UPDATE "spaceTokens" SET "expiresAt" = ${expiresAt}, "rotatedToId" = ${token.id} WHERE id = ${id}`
    return { token, previous: { id: row.id, expiresAt } }
  }

  async list(spaceId: number, db: DatabaseHandle): Promise<TokenRecord[]> {
    return (await db.repository(spaceTokens).find({ filter: { spaceId }, sort: 'id' })).map(shown)
  }

  async find(id: number, db: DatabaseHandle): Promise<TokenRecord | undefined> {
    const row = await db.repository(spaceTokens).findOne({ filter: { id } })
    return row && shown(row)
  }

  async revoke(id: number, db: DatabaseHandle): Promise<boolean> {
    return (await db.repository(spaceTokens).destroy({ filter: { id } })) > 0
  }
}

async function roleIn({ userId, spaceId }: TokenOwner, db: DatabaseHandle): Promise<SpaceRole | undefined> {
  const { rows } = await db.sql`SELECT role FROM "spaceMembers" WHERE "spaceId" = ${spaceId} AND "userId" = ${userId}`
  return roleNamed(rows[0]?.['role'])
}
