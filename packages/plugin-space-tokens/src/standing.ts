import { notFound, root, wire, type ActionCall, type DatabaseHandle, type Principal } from '@postern/core'
import { isAtLeast, roleNamed, type SpaceRole } from './roles.js'
import type { Space } from './space-facts.js'

const wholeNumber = /^[1-9]\d{0,14}$/

/** What a caller is in a space that was not deleted: asked in the database, so that it holds now. @throws 404 */
async function standingIn(id: number, { userId, roles }: Principal, db: DatabaseHandle): Promise<Space> {
  const { rows } = await db.sql`
    SELECT members.role FROM spaces
    LEFT JOIN "spaceMembers" AS members ON members."spaceId" = spaces.id AND members."userId" = ${userId}
    WHERE spaces.id = ${id} AND "deletedAt" IS NULL`
  const role: SpaceRole | undefined = roles.includes(root) ? 'owner' : roleNamed(rows[0]?.['role'])
  if (!rows[0] || !role) throw notFound()
  return { id, role }
}

/** @throws 404 where the caller is no member, 403 where his role does not reach */
export async function requireStanding(
  given: string | undefined,
  needed: SpaceRole,
  { principal, resource, action, db }: Pick<ActionCall, 'principal' | 'resource' | 'action' | 'db'>,
): Promise<Space> {
  if (!wholeNumber.test(given ?? '')) throw notFound()
  const space = await standingIn(Number(given), principal, db)
  if (!isAtLeast(space.role, needed)) throw wire.NO_PERMISSION({ target: `${resource}:${action}` })
  return space
}
