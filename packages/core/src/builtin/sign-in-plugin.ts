import { RateLimiterMemory } from 'rate-limiter-flexible'
import { z } from 'zod'
import { anyCredential, anonymousRole, signedIn } from '../acl/role.js'
import { hashToken, isOpaqueToken, mintOpaqueToken } from '../auth/opaque-token.js'
import { hashPassword, verifyPassword } from '../auth/password.js'
import type { Principal } from '../auth/principal.js'
import { bearerToken, refuse, type AuthStrategy } from '../auth/strategy.js'
import type { AnyRow } from '../database/collection.js'
import type { DatabaseHandle } from '../database/handle.js'
import type { Clock } from '../kernel/clock.js'
import { createToken, serviceOf } from '../kernel/token.js'
import { notFound, wire } from '../kernel/wire-errors.js'
import { definePlugin } from '../plugins/plugin.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import { defineAction, Reply, type ActionCall } from '../resources/action.js'

/** How many live API keys a user has; whichever plugin keeps keys provides it. */
export const LiveApiKeys = createToken<{ count(userId: number): Promise<number> }>('live-api-keys')

const prefix = 'pst'
const sessionDays = 7
const millisecondsInDay = 86_400_000

const userColumns = [
  'createdAt',
  'updatedAt',
  'createdById',
  'email',
  'enabled',
  'id',
  'nickname',
  'updatedById',
  'username',
] as const
const publicUser = (row: AnyRow): AnyRow => Object.fromEntries(userColumns.map((name) => [name, row[name] ?? null]))

async function rolesOf(userId: number, db: DatabaseHandle): Promise<string[]> {
  const { rows } = await db.sql`SELECT "roleName" FROM "usersRoles" WHERE "userId" = ${userId} ORDER BY id`
  return rows.map((row) => String(row['roleName']))
}

/** Sessions: opaque tokens, hashed at rest. Asked last, so that whatever no other strategy knows is refused here. */
const sessionStrategy = (db: DatabaseHandle, clock: Clock): AuthStrategy<string> => ({
  scheme: { type: 'http', scheme: 'bearer' },
  read: (request) => request.header('authorization') ?? undefined,
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
    const id = `session-${String(row['id'])}`
    const roles = await rolesOf(userId, db)
    return {
      kind: 'session',
      userId,
      roles,
      credentialId: id,
      expiresAt,
      credential: { kind: 'session', id: row['id'], expiresAt: row['expiresAt'] },
    }
  },
})

const signInSchema = z.object({
  account: z.string().max(254).optional(),
  email: z.string().max(254).optional(),
  username: z.string().max(254).optional(),
  password: z.string().min(1).max(1000),
})

interface Throttle {
  /** @throws 429 after too many failures of this account from this address */
  check(account: string, address: string): Promise<void>
  failed(account: string, address: string): Promise<void>
}

/** Failures only are counted, for an account from an address: nobody can lock somebody else out. */
function createThrottle(points: number): Throttle {
  const limiter = new RateLimiterMemory({ points: Math.max(points, 1), duration: 60 })
  const keyOf = (account: string, address: string): string => `${account.toLowerCase()} ${address}`
  return {
    check: async (account, address) => {
      const state = points === 0 ? null : await limiter.get(keyOf(account, address))
      if (!state || state.consumedPoints < points) return
      const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000))
      throw wire.RATE_LIMITED({ seconds }).withHeaders({ 'Retry-After': String(seconds) })
    },
    failed: async (account, address) => void (await limiter.penalty(keyOf(account, address), 1)),
  }
}

async function startSession(user: AnyRow, db: DatabaseHandle, clock: Clock): Promise<string> {
  const token = mintOpaqueToken(prefix)
  const now = new Date(clock.now()).toISOString()
  const expiresAt = new Date(clock.now() + sessionDays * millisecondsInDay).toISOString()
  await db.sql`DELETE FROM sessions WHERE "expiresAt" < ${now}`
  await db.sql`
    INSERT INTO sessions ("userId", "tokenHash", "expiresAt", "createdAt", "updatedAt")
    VALUES (${user['id']}, ${hashToken(token)}, ${expiresAt}, ${now}, ${now})`
  return token
}

const signIn = (throttle: Throttle, clock: Clock) =>
  defineAction({
    summary: 'Sign in with a password',
    input: signInSchema,
    // A session is one statement, and checking a password takes long: no connection is held meanwhile.
    transaction: false,
    run: async ({ input, db, request }) => {
      const account = input.account ?? input.email ?? input.username
      if (account === undefined || account === '')
        throw wire.INVALID_VALUE({ problem: 'account is required' }).at('account')
      await throttle.check(account, request.address)
      const { rows } =
        await db.sql`SELECT * FROM users WHERE email = ${account.toLowerCase()} OR username = ${account} LIMIT 1`
      const [user] = rows
      const right = await verifyPassword(input.password, user && String(user['password']))
      if (!user || !right || user['enabled'] !== true) {
        await throttle.failed(account, request.address)
        throw wire.INVALID_CREDENTIALS()
      }
      const token = await startSession(user, db, clock)
      return new Reply({ data: { user: publicUser(user), token } }, 200, { 'Cache-Control': 'no-store' })
    },
  })

const check = defineAction({
  summary: 'Say who calls, and with what',
  reads: true,
  run: async ({ principal, db }) => {
    const { rows } = await db.sql`SELECT * FROM users WHERE id = ${principal.userId}`
    if (!rows[0]) throw notFound()
    return {
      ...publicUser(rows[0]),
      roles: principal.roles,
      credential: principal.credential ?? { kind: principal.kind },
    }
  },
})

const sessionId = ({ credentialId = '' }: Principal): number => Number(credentialId.replace('session-', ''))

/** Keys and tokens have no session to end and no password to change. */
function requireSession({ principal, resource, action }: ActionCall): number {
  if (principal.kind === 'session' && principal.userId !== null) return principal.userId
  throw wire.NO_PERMISSION({ target: `${resource}:${action}` })
}

const signOut = (host: PluginHost) =>
  defineAction({
    summary: 'End the session',
    run: async (call) => {
      requireSession(call)
      await call.db.sql`DELETE FROM sessions WHERE id = ${sessionId(call.principal)}`
      await host.invalidate({ credentialIds: [call.principal.credentialId ?? ''] }, call.db)
      return new Reply({ data: 'ok' })
    },
  })

const passwordSchema = z.object({
  oldPassword: z.string().max(1000),
  newPassword: z.string().min(8, 'must have at least 8 characters').max(200),
})

const changePassword = (host: PluginHost) =>
  defineAction({
    summary: 'Change the own password; all other sessions end',
    input: passwordSchema,
    transaction: false,
    run: async (call) => {
      const userId = requireSession(call)
      const { rows } = await call.db.sql`SELECT password FROM users WHERE id = ${userId}`
      if (!(await verifyPassword(call.input.oldPassword, rows[0] && String(rows[0]['password'])))) {
        throw wire.INVALID_VALUE({ problem: 'The old password is not right' }).at('oldPassword')
      }
      const hash = await hashPassword(call.input.newPassword)
      await call.db.transaction(async (db) => {
        await db.sql`UPDATE users SET password = ${hash}, "updatedAt" = now() WHERE id = ${userId}`
        await db.sql`DELETE FROM sessions WHERE "userId" = ${userId} AND id <> ${sessionId(call.principal)}`
        await host.invalidate({ userIds: [userId] }, db)
      })
      return { liveApiKeys: (await serviceOf(host.services, LiveApiKeys)?.count(userId)) ?? 0 }
    },
  })

/** Sign in, sign out, and what the session may do with itself. */
export const signInPlugin = (host: PluginHost, failuresPerMinute: number) =>
  definePlugin({
    name: 'sign-in',
    setup: ({ acl, auth, clock, db, resources }) => {
      auth.strategy('session', sessionStrategy(db, clock))
      acl.grant(anonymousRole, 'auth', ['signIn'])
      acl.grant(anyCredential, 'auth', ['check'])
      acl.grant(signedIn, 'auth', ['signOut', 'changePassword'])
      resources.define('auth', {
        signIn: signIn(createThrottle(failuresPerMinute), clock),
        check,
        signOut: signOut(host),
        changePassword: changePassword(host),
      })
    },
  })
