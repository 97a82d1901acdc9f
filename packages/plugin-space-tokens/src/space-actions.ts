import {
  AppError,
  defineAction,
  notFound,
  root,
  wire,
  type ActionCall,
  type Actions,
  type Clock,
  type DatabaseHandle,
} from '@postern/core'
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

/** The one space of the address, or those of several that are there. @throws 404 for one that is not, 403 for no owner */
async function ownedSpaces(call: ActionCall & { readonly key: string }): Promise<number[]> {
  const isList = call.params['filterByTk'] !== undefined && call.key.includes(',')
  const keys = isList ? call.key.replace(/^\[|\]$/g, '').split(',') : [call.key]
  const ids = new Set<number>()
  for (const key of keys) {
    try {
      ids.add((await requireStanding(key.trim(), 'owner', call)).id)
    } catch (error) {
      if (!isList || !(error instanceof AppError) || error.status !== 404) throw error
    }
  }
  return [...ids]
}

/** What becomes of a space as a whole; the rest is what every collection has, with the rules of `govern.ts`. */
export const spaceActions = ({ clock, forget }: SpaceParts): Actions => ({
  destroy: defineAction({
    summary: 'Delete spaces with all that is in them; for 30 days they can be restored',
    key: true,
    document: { answer: { form: 'number' } },
    run: async (call) => {
      const ids = await ownedSpaces(call)
      const now = new Date(clock.now()).toISOString()
      await call.db.sql`UPDATE spaces SET "deletedAt" = ${now} WHERE id = ANY(${ids}::bigint[])`
      await forget(await concernedBy(ids, call.db), call.db)
      return ids.length
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
