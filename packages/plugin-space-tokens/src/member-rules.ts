import { wire, type DatabaseHandle, type HookCall, type PluginContext, type WrittenCall } from '@postern/core'
import { spaceMembers, spaces } from './collections.js'
import { isAtLeast, roleNamed, type SpaceRole } from './roles.js'
import { factsOf, type Space } from './space-facts.js'

type Row = Readonly<Record<string, unknown>>

function managedBy({ principal }: HookCall): Space {
  const { managed } = factsOf(principal)
  if (managed) return managed
  throw wire.NO_PERMISSION({ target: spaceMembers.name })
}

/** One change of members at a time in each space: the last owner is the last one for everybody. */
const lockSpace = ({ id }: Space, db: DatabaseHandle): Promise<unknown> =>
  db.sql`SELECT 1 FROM spaces WHERE id = ${id} FOR NO KEY UPDATE`

/** Nobody grants, or takes away, more than he has. @throws 403 */
function refuseAbove(own: SpaceRole, other: unknown): void {
  const role = roleNamed(other)
  if (role && !isAtLeast(own, role)) throw wire.NO_PERMISSION({ target: `members who are ${role}` })
}

/** @throws 409 */
async function keepOwner({ id }: Space, leaving: readonly Row[], db: DatabaseHandle): Promise<void> {
  if (leaving.every((row) => row['role'] !== 'owner')) return
  const ids = leaving.map((row) => row['id'])
  const { rows } = await db.sql`
    SELECT EXISTS (SELECT FROM "spaceMembers" WHERE "spaceId" = ${id} AND role = 'owner'
      AND id <> ALL(${ids}::bigint[])) AS "others"`
  if (rows[0]?.['others'] === true) return
  throw wire.CONFLICT({ problem: 'The last owner of a space stays; make somebody else owner first' })
}

async function checkChange(call: HookCall): Promise<void> {
  const space = managedBy(call)
  const { values, db } = call
  if (values['userId'] !== undefined) throw wire.READONLY_FIELD({ name: 'userId' }).at('userId')
  await lockSpace(space, db)
  const targets = await call.targets()
  refuseAbove(space.role, values['role'])
  for (const { role } of targets) refuseAbove(space.role, role)
  if (values['role'] !== undefined && values['role'] !== 'owner') await keepOwner(space, targets, db)
}

async function checkRemoval(call: HookCall): Promise<void> {
  const space = managedBy(call)
  const { db, principal } = call
  await lockSpace(space, db)
  const targets = await call.targets()
  for (const { userId, role } of targets) {
    // Whoever is there may leave.
    if (Number(userId) === principal.userId) continue
    if (!isAtLeast(space.role, 'admin')) throw wire.NO_PERMISSION({ target: 'spaces.members:destroy' })
    refuseAbove(space.role, role)
  }
  await keepOwner(space, targets, db)
}

type Hooks = PluginContext<object, object>['hooks']
type Forget = (userIds: readonly number[], db: DatabaseHandle) => Promise<void>

/** What holds for members, whoever changes them. */
export function watchMembers(hooks: Hooks, forget: Forget): void {
  const { name } = spaceMembers
  hooks.before(`${name}:create`, async (call) => {
    const space = managedBy(call)
    refuseAbove(space.role, call.values['role'])
    await lockSpace(space, call.db)
  })
  hooks.before(`${name}:update`, checkChange)
  hooks.before(`${name}:destroy`, checkRemoval)
  for (const action of ['create', 'update', 'destroy']) {
    hooks.written(`${name}:${action}`, ({ records, db }: WrittenCall) =>
      forget(
        records.map(({ userId }) => Number(userId)),
        db,
      ),
    )
  }
}

/** Only owners rename a space. @throws 403 */
export async function checkRename(call: HookCall): Promise<void> {
  if (call.principal.roles.includes('root')) return
  const ids = (await call.targets()).map(({ id }) => id)
  const { count } = await call.db.sql`
    SELECT 1 FROM "spaceMembers" WHERE "spaceId" = ANY(${ids}::bigint[]) AND "userId" = ${call.principal.userId}
      AND role = 'owner'`
  if (count < ids.length) throw wire.NO_PERMISSION({ target: `${spaces.name}:update` })
}

/** Whoever makes a space owns it. */
export async function addMaker({ records, principal, db }: WrittenCall): Promise<void> {
  const { userId } = principal
  if (userId === null) return
  for (const { id } of records) {
    await db.sql`
      INSERT INTO "spaceMembers" ("spaceId", "userId", role, "createdById", "updatedById", "createdAt", "updatedAt")
      VALUES (${id}, ${userId}, 'owner', ${userId}, ${userId}, now(), now())`
  }
}
