import { hashToken, isOpaqueToken, mintOpaqueToken } from '../auth/opaque-token.js'
import type { Principal } from '../auth/principal.js'
import { bearerToken, refuse, type AuthStrategy } from '../auth/strategy.js'
import type { AnyRow } from '../database/collection.js'
import type { DatabaseHandle } from '../database/handle.js'
import type { Clock } from '../kernel/clock.js'

const prefix = 'pst'
const sessionDays = 7
const millisecondsInDay = 86_400_000

async function rolesOf(userId: number, db: DatabaseHandle): Promise<string[]> {
  const { rows } = await db.sql`SELECT "roleName" FROM "usersRoles" WHERE "userId" = ${userId} ORDER BY id`
  return rows.map((row) => String(row['roleName']))
}

/** Sessions: opaque tokens, hashed at rest. Asked last, so that whatever no other strategy knows is refused here. */
export const sessionStrategy = (db: DatabaseHandle, clock: Clock): AuthStrategy<string> => ({
  scheme: { type: 'http', scheme: 'bearer' },
  kind: 'session',
  read: (request) => request.header('authorization'),
  verify: async (_header, request) => {
    const token = bearerToken(request)
    if (token === undefined || !isOpaqueToken(prefix, token)) return refuse()
    const { rows } = await db.sql`
      SELECT sessions.id, "userId", "expiresAt", enabled FROM sessions JOIN users ON users.id = "userId" WHERE "tokenHash" = ${hashToken(token)}`
    const [row] = rows
    if (!row) return refuse()
    const expiresAt = Date.parse(String(row['expiresAt']))
    if (expiresAt <= clock.now()) return refuse('expired')
    if (row['enabled'] !== true) return refuse('owner')
    const userId = Number(row['userId'])
    return {
      kind: 'session',
      userId,
      roles: await rolesOf(userId, db),
      credentialId: `session-${String(row['id'])}`,
      expiresAt,
      credential: { kind: 'session', id: row['id'], expiresAt: row['expiresAt'] },
    }
  },
})

/**
 * Starts a session for a user whose password was just found right. Finding out takes a while: if the password was changed
 * or the account closed meanwhile, there is no session.
 */
export async function startSession(user: AnyRow, db: DatabaseHandle, clock: Clock): Promise<string | undefined> {
  const token = mintOpaqueToken(prefix)
  const now = new Date(clock.now()).toISOString()
  const expiresAt = new Date(clock.now() + sessionDays * millisecondsInDay).toISOString()
  await db.sql`DELETE FROM sessions WHERE "expiresAt" < ${now}`
  const { count } = await db.sql`
    INSERT INTO sessions ("userId", "tokenHash", "expiresAt", "createdAt", "updatedAt")
    SELECT id, ${hashToken(token)}, ${expiresAt}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
    FROM users WHERE id = ${user['id']} AND password = ${user['password']} AND enabled FOR SHARE`
  return count > 0 ? token : undefined
}

/** The session that calls; 0 when something else does. */
const sessionId = ({ kind, credentialId = '' }: Principal): number =>
  kind === 'session' ? Number(credentialId.replace('session-', '')) : 0

export const endSession = (principal: Principal, db: DatabaseHandle): Promise<unknown> =>
  db.sql`DELETE FROM sessions WHERE id = ${sessionId(principal)}`

/** Ends the sessions of users, save the one that calls. */
export const endOtherSessions = (
  userIds: readonly number[],
  principal: Principal,
  db: DatabaseHandle,
): Promise<unknown> =>
  db.sql`DELETE FROM sessions WHERE "userId" = ANY(${userIds}::bigint[]) AND id <> ${sessionId(principal)}`
