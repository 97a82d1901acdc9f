import {
  hashToken,
  isOpaqueToken,
  principalLimits,
  refuse,
  type AuthStrategy,
  type Clock,
  type DatabaseHandle,
  type Principal,
  type Refusal,
} from '@postern/core'
import { roleNamed } from './roles.js'
import { attributesWith } from './space-facts.js'
import { credentialIdOf, kind, tokenPrefix } from './token-record.js'

type FoundRow = Readonly<Record<string, unknown>>

export const tokenHeader = 'x-undb-api-token'

/** Space tokens in their header, whoever sends it. */
export const tokenStrategy = (db: DatabaseHandle, clock: Clock): AuthStrategy<string> => ({
  scheme: { type: 'apiKey', in: 'header', name: tokenHeader },
  kind,
  read: (request) => request.header(tokenHeader),
  verify: async (text) => {
    const token = text.replace(/^[ \t]+|[ \t]+$/g, '')
    // Garbage is refused without a query.
    if (!isOpaqueToken(tokenPrefix, token)) return refuse()
    const { rows } = await db.lookup`
      SELECT tokens.*, spaces.name AS "spaceName", users.enabled AS "makerEnabled", members.role AS "memberRole",
        spaces.id IS NOT NULL AND spaces."deletedAt" IS NULL AS "isThere"
      FROM "spaceTokens" AS tokens LEFT JOIN users ON users.id = tokens."createdById"
      LEFT JOIN spaces ON spaces.id = tokens."spaceId"
      LEFT JOIN "spaceMembers" AS members ON members."spaceId" = tokens."spaceId" AND members."userId" = tokens."createdById"
      WHERE tokens."tokenHash" = ${hashToken(token)}`
    return rows[0] ? judge(rows[0], clock.now()) : refuse()
  },
})

/** The caller has proved the whole secret, and may be told why it is refused. */
function judge(row: FoundRow, now: number): Principal | Refusal {
  const limits = principalLimits(row)
  if (!limits) return refuse()
  const { expiresAt } = row
  const end = typeof expiresAt === 'string' ? Date.parse(expiresAt) : undefined
  if (end !== undefined && end <= now) return refuse('expired')
  if (row['enabled'] !== true || row['isThere'] !== true) return refuse('disabled')
  const role = roleNamed(row['memberRole'])
  if (row['makerEnabled'] !== true || !role) return refuse('owner')
  return {
    kind,
    userId: Number(row['createdById']),
    roles: [],
    roleless: true,
    ...limits,
    credentialId: credentialIdOf(row['id']),
    ...(end === undefined ? {} : { expiresAt: end, expiryHeader: 'X-Space-Token-Expires-At' }),
    credential: shownCredential(row, limits),
    attributes: attributesWith({ own: { id: Number(row['spaceId']), role, name: String(row['spaceName']) } }),
  }
}

/** What `auth:check` says of the token; members that do not apply are left out. */
function shownCredential(row: FoundRow, limits: object): Readonly<Record<string, unknown>> {
  const { id, name, spaceId, expiresAt } = row
  const { rateLimit, scopes, readOnly }: Pick<Principal, 'rateLimit' | 'scopes' | 'readOnly'> = limits
  return {
    kind,
    id,
    name,
    ...(scopes ? { scopes } : {}),
    ...(readOnly === true ? { readOnly } : {}),
    spaceId,
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(rateLimit ? { rateLimit: { limit: rateLimit.limit } } : {}),
  }
}
