import { userIdOf, wire, type AppError, type DatabaseHandle } from '@postern/core'
import { spaceMembers } from './collections.js'
import { roleNamed, spaceRoles, type SpaceRole } from './roles.js'

export const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const idForm = /^[1-9]\d{0,14}$/

export const noSuch = (what: string, given: string): AppError =>
  wire.NOT_FOUND({ hint: `: there is no ${what} "${given}"` })

/** The space with this id, or the only one with this name. @throws 404, 409 where several have the name */
export async function spaceOf(
  given: string,
  db: DatabaseHandle,
): Promise<{ readonly id: number; readonly name: string }> {
  const byId = idForm.test(given) ? given : null
  const { rows } = await db.sql`
    SELECT id, name FROM spaces WHERE "deletedAt" IS NULL AND (id = ${byId}::bigint OR name = ${given})
    ORDER BY id = ${byId}::bigint DESC NULLS LAST, id`
  const [first, ...more] = rows
  if (!first) throw noSuch('space', given)
  if (more.length > 0 && String(first['id']) !== given) {
    throw wire.CONFLICT({ problem: `several spaces have the name "${given}"; give the id` })
  }
  return { id: Number(first['id']), name: String(first['name']) }
}

/** @throws 400 */
export function roleGiven(given: unknown): SpaceRole {
  const role = roleNamed(given)
  if (role) return role
  throw wire.INVALID_VALUE({ problem: `role must be one of ${spaceRoles.join(', ')}` }).at('role')
}

export interface Member {
  readonly id: number
  readonly userId: number
  readonly role: SpaceRole
}

/** The member that an account is in a space. @throws 404 */
export async function memberOf(spaceId: number, account: string, db: DatabaseHandle): Promise<Member> {
  const userId = await userIdOf(account, db)
  const row = await db.repository(spaceMembers).findOne({ filter: { spaceId, userId } })
  if (!row) throw noSuch('member', account)
  return { id: row.id, userId, role: roleNamed(row.role) ?? 'viewer' }
}

/** @throws 409 */
export async function refuseLastOwner(spaceId: number, { id, role }: Member, db: DatabaseHandle): Promise<void> {
  if (role !== 'owner') return
  await db.sql`SELECT 1 FROM spaces WHERE id = ${spaceId} FOR NO KEY UPDATE`
  const owners = await db.repository(spaceMembers).find({ filter: { spaceId, role: 'owner' } })
  if (owners.some((owner) => owner.id !== id)) return
  throw wire.CONFLICT({ problem: 'The last owner of a space stays; make somebody else owner first' })
}
