import { root, wire, type CountedRequest, type DatabaseHandle, type Principal } from '@postern/core'
import { roleNamed, type SpaceRole } from './roles.js'
import { attributesWith, factsOf } from './space-facts.js'

type Attributes = Readonly<Record<string, unknown>>

/** The spaces of whoever owns a credential: remembered with it, and forgotten when his memberships change. */
export async function describeMember(principal: Principal, db: DatabaseHandle): Promise<Attributes | undefined> {
  const { userId, kind, roles } = principal
  if (userId === null || kind === 'spaceToken') return undefined
  const { rows } = await db.sql`
    SELECT "spaceId", role FROM "spaceMembers" JOIN spaces ON spaces.id = "spaceId"
    WHERE "userId" = ${userId} AND "deletedAt" IS NULL`
  const memberships = new Map<number, SpaceRole>()
  for (const { spaceId, role } of rows) {
    const known = roleNamed(role)
    if (known) memberships.set(Number(spaceId), known)
  }
  if (!roles.includes(root)) return attributesWith({ memberships })
  const all = await db.sql`SELECT id FROM spaces WHERE "deletedAt" IS NULL`
  return attributesWith({ memberships, every: new Set(all.rows.map(({ id }) => Number(id))) })
}

/**
 * What `X-Space` says.
 *
 * @throws 400 when a space token is sent with another space than its own
 */
export function readSpace(principal: Principal, request: CountedRequest): Attributes | undefined {
  const count = request.headerCount('x-space')
  if (count === 0) return undefined
  const text = request.header('x-space') ?? ''
  const known = factsOf(principal)
  if (!known.own) return attributesWith({ ...known, asked: { text, count } })
  if (count === 1 && text.trim() === String(known.own.id)) return undefined
  throw wire.INVALID_QUERY({ problem: 'X-Space is not the space of the token; leave it out' }).at('X-Space')
}

/** Whose memory of spaces is no longer true when one comes or goes: its members, and those who may enter every space. */
export async function concernedBy(spaceIds: readonly unknown[], db: DatabaseHandle): Promise<number[]> {
  const { rows } = await db.sql`
    SELECT "userId" FROM "spaceMembers" WHERE "spaceId" = ANY(${spaceIds}::bigint[])
    UNION SELECT "userId" FROM "usersRoles" WHERE "roleName" = ${root}`
  return rows.map(({ userId }) => Number(userId))
}
