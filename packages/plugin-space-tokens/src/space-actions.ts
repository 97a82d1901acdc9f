import { defineAction, notFound, root, wire, type Actions, type Clock, type DatabaseHandle } from '@postern/core'
import { concernedBy } from './memberships.js'
import { restoredDocument } from './documented.js'
import { requireStanding } from './standing.js'

/** Days within which a deleted space can be brought back. */
export const restorableDays = 30
const day = 86_400_000

export interface SpaceParts {
  readonly clock: Clock
  readonly forget: (userIds: readonly number[], db: DatabaseHandle) => Promise<void>
}

/** For a space that was deleted: its owners and root may know of it. @throws 404 */
async function requireRestorable(
  id: string,
  userId: number | null,
  isRoot: boolean,
  since: string,
  db: DatabaseHandle,
) {
  if (!/^[1-9]\d{0,14}$/.test(id)) throw notFound()
  const { rows } = await db.sql`
    SELECT spaces.id, "deletedAt" FROM spaces LEFT JOIN "spaceMembers" AS members
      ON members."spaceId" = spaces.id AND members."userId" = ${userId} AND members.role = 'owner'
    WHERE spaces.id = ${id} AND (${isRoot} OR members.id IS NOT NULL)
      AND ("deletedAt" IS NULL OR "deletedAt" > ${since}) FOR NO KEY UPDATE OF spaces`
  if (!rows[0]) throw notFound()
  if (rows[0]['deletedAt'] === null) throw wire.CONFLICT({ problem: 'This space is not deleted' })
}

/** What becomes of a space as a whole; the rest is what every collection has, with the rules of `govern.ts`. */
export const spaceActions = ({ clock, forget }: SpaceParts): Actions => ({
  destroy: defineAction({
    summary: 'Delete a space with all that is in it; for 30 days it can be restored',
    key: true,
    document: { answer: { form: 'number' } },
    run: async (call) => {
      const { id } = await requireStanding(call.key, 'owner', call)
      const now = new Date(clock.now()).toISOString()
      await call.db.sql`UPDATE spaces SET "deletedAt" = ${now} WHERE id = ${id}`
      await forget(await concernedBy([id], call.db), call.db)
      return 1
    },
  }),
  restore: defineAction({
    summary: 'Bring a deleted space back, with all that was in it',
    key: true,
    document: restoredDocument,
    run: async ({ key, principal, db }) => {
      const since = new Date(clock.now() - restorableDays * day).toISOString()
      await requireRestorable(key, principal.userId, principal.roles.includes(root), since, db)
      const { rows } = await db.sql`
        UPDATE spaces SET "deletedAt" = NULL WHERE id = ${key}
        RETURNING "createdAt", "updatedAt", "createdById", id, name, "updatedById"`
      await forget(await concernedBy([key], db), db)
      return rows[0] ?? null
    },
  }),
})

/** What was deleted for longer is gone, with its records. */
export const purgeSpaces = (db: DatabaseHandle, now: number): Promise<unknown> =>
  db.sql`DELETE FROM spaces WHERE "deletedAt" < ${new Date(now - restorableDays * day).toISOString()}`
