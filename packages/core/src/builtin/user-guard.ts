import { root } from '../acl/role.js'
import type { Principal } from '../auth/principal.js'
import type { DatabaseHandle } from '../database/handle.js'
import { wire } from '../kernel/wire-errors.js'

export const isRoot = ({ roles }: Principal): boolean => roles.includes(root)

/** Whoever may manage users must not become root by it: only root touches those who hold root. @throws 403 */
export async function guardRootUsers(
  principal: Principal,
  userIds: readonly number[],
  db: DatabaseHandle,
): Promise<void> {
  if (isRoot(principal) || userIds.length === 0) return
  const { count } =
    await db.sql`SELECT 1 FROM "usersRoles" WHERE "roleName" = ${root} AND "userId" = ANY(${userIds}::bigint[]) LIMIT 1`
  if (count > 0) throw wire.NO_PERMISSION({ target: 'a user who holds the role root' })
}

/** Only root gives or takes the role root. @throws 403 */
export function guardRootRole(principal: Principal, names: readonly string[]): void {
  if (names.includes(root) && !isRoot(principal)) throw wire.NO_PERMISSION({ target: 'the role root' })
}

/** Somebody must be left who may do everything. @param leaving users who are about to lose it @throws 409 */
export async function guardLastRoot(leaving: readonly number[], db: DatabaseHandle): Promise<void> {
  // One after another: of two who leave at once, each would see the other one stay. Users first, as everywhere.
  await lockUsers(leaving, db)
  await db.sql`SELECT 1 FROM roles WHERE name = ${root} FOR NO KEY UPDATE`
  const { rows } = await db.sql`
    SELECT users.id = ANY(${leaving}::bigint[]) AS "leaves" FROM users JOIN "usersRoles" ON "userId" = users.id
    WHERE "roleName" = ${root} AND users.enabled`
  if (rows.length > 0 && rows.every((row) => row['leaves'] === true)) {
    throw wire.CONFLICT({ problem: 'Nobody enabled would hold the role root any more' })
  }
}

/** Nobody else changes these users, or signs in as one of them, until the transaction ends. */
export const lockUsers = (ids: readonly number[], db: DatabaseHandle): Promise<unknown> =>
  db.sql`SELECT 1 FROM users WHERE id = ANY(${ids}::bigint[]) ORDER BY id FOR NO KEY UPDATE`
