import { z } from 'zod'
import { anyCredential, anonymousRole, signedIn } from '../acl/role.js'
import { emptyToken } from '../auth/authenticator.js'
import { FailureLimit } from '../auth/rate-limit/failure-limit.js'
import { countedAddress } from '../auth/networks.js'
import { hashPassword, verifyPassword } from '../auth/password.js'
import type { AnyRow } from '../database/collection.js'
import type { DatabaseHandle } from '../database/handle.js'
import type { Clock } from '../kernel/clock.js'
import type { AppError } from '../kernel/errors.js'
import { createToken, serviceOf } from '../kernel/token.js'
import { notFound, wire } from '../kernel/wire-errors.js'
import { definePlugin } from '../plugins/plugin.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import { defineAction, Reply, type ActionCall } from '../resources/action.js'
import { callerForm, sessionForm } from './documented-forms.js'
import { endOtherSessions, endSession, sessionStrategy, startSession } from './sessions.js'

/** How many live API keys a user has; whichever plugin keeps keys provides it. */
export const LiveApiKeys = createToken<{ count(userId: number): Promise<number> }>('live-api-keys')

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

const signInSchema = z
  .object({
    account: z.string().max(254).optional().describe('An address or a user name'),
    email: z.string().max(254).optional().describe('In the place of account'),
    username: z.string().max(254).optional().describe('In the place of account'),
    password: z.string().min(1).max(1000),
  })
  .meta({ examples: [{ account: 'ann@example.com', password: 'correct horse battery' }] })

/** Passwords are sent in bodies: addresses end up in logs and histories. */
function requireBody({ body }: ActionCall): void {
  if (body === undefined) throw wire.INVALID_VALUE({ problem: 'the input must be sent as a JSON body' })
}

/** The user whose password it is; undefined for any reason, after the same work. */
async function signedInUser(
  { account, password, from }: { readonly account: string; readonly password: string; readonly from: string },
  db: DatabaseHandle,
): Promise<AnyRow | undefined> {
  const { rows } =
    await db.sql`SELECT * FROM users WHERE email = ${account.toLowerCase()} OR username = ${account} LIMIT 1`
  const [user] = rows
  const isRight = await verifyPassword(password, user && String(user['password']), from)
  return isRight && user?.['enabled'] === true ? user : undefined
}

/** The longest body of a call that takes passwords and nothing else, in bytes. */
const passwordBody = 4096

interface SignInLimits {
  /** Failures for an account from an address: nobody can lock somebody else out. */
  readonly accounts: FailureLimit
  /** Failures from an address: trying one password on many accounts is guessing, too. */
  readonly addresses: FailureLimit
}

const signIn = ({ accounts, addresses }: SignInLimits, clock: Clock) =>
  defineAction({
    summary: 'Sign in with a password',
    document: { answer: { form: 'record', of: sessionForm }, errors: ['INVALID_CREDENTIALS'] },
    input: signInSchema,
    // A session is one statement, and checking a password takes long: no connection is held meanwhile.
    transaction: false,
    bodyLimit: passwordBody,
    run: async (call) => {
      requireBody(call)
      const { input, db, request } = call
      const account = input.account ?? input.email ?? input.username
      if (account === undefined || account === '')
        throw wire.INVALID_VALUE({ problem: 'account is required' }).at('account')
      const from = countedAddress(request.address)
      const attempt = async () => {
        const user = await signedInUser({ account, password: input.password, from }, db)
        const token = user && (await startSession(user, db, clock))
        return user && token !== undefined ? { user: publicUser(user), token } : undefined
      }
      const session = await addresses.attempt(from, () => accounts.attempt(`${account.toLowerCase()} ${from}`, attempt))
      if (!session) throw wire.INVALID_CREDENTIALS()
      return new Reply({ data: session }, 200, { 'Cache-Control': 'private, no-store' })
    },
  })

const check = defineAction({
  summary: 'Say who calls, and with what',
  document: { answer: { form: 'record', of: callerForm } },
  reads: true,
  run: async ({ principal, db }) => {
    const { rows } = await db.sql`SELECT * FROM users WHERE id = ${principal.userId}`
    // Nobody in particular calls, to whom an operator granted it; or the server itself.
    if (!rows[0]) throw principal.userId === null ? emptyToken() : notFound()
    return {
      ...publicUser(rows[0]),
      roles: principal.roles,
      credential: principal.credential ?? { kind: principal.kind },
    }
  },
})

/** Keys and tokens have no session to end and no password to change. */
function requireSession({ principal, resource, action }: ActionCall): number {
  if (principal.kind === 'session' && principal.userId !== null) return principal.userId
  throw principal.kind === 'anonymous' ? emptyToken() : wire.NO_PERMISSION({ target: `${resource}:${action}` })
}

const signOut = (host: PluginHost) =>
  defineAction({
    summary: 'End the session',
    document: { answer: { form: 'ok' } },
    run: async (call) => {
      requireSession(call)
      await endSession(call.principal, call.db)
      await host.invalidate({ credentialIds: [call.principal.credentialId ?? ''] }, call.db)
      return new Reply({ data: 'ok' })
    },
  })

const passwordSchema = z.object({
  oldPassword: z.string().max(1000),
  newPassword: z
    .string()
    .max(200)
    .refine((text) => [...text].length >= 8, 'must have at least 8 characters'),
})

const wrongPassword = (): AppError => wire.INVALID_VALUE({ problem: 'The old password is not right' }).at('oldPassword')

/** @returns the password as it is stored @throws 400; 429 after too many tries, since a session may have been stolen */
async function provePassword(userId: number, password: string, limit: FailureLimit, db: DatabaseHandle) {
  const who = `user ${userId}`
  const stored = await limit.attempt(who, async () => {
    const { rows } = await db.sql`SELECT password FROM users WHERE id = ${userId}`
    const hash = rows[0] && String(rows[0]['password'])
    return (await verifyPassword(password, hash, who)) ? hash : undefined
  })
  if (stored === undefined) throw wrongPassword()
  return stored
}

const changePassword = (host: PluginHost, limit: FailureLimit) =>
  defineAction({
    summary: 'Change the own password; all other sessions end',
    output: z.object({ liveApiKeys: z.int() }),
    input: passwordSchema,
    transaction: false,
    bodyLimit: passwordBody,
    run: async (call) => {
      const userId = requireSession(call)
      requireBody(call)
      const before = await provePassword(userId, call.input.oldPassword, limit, call.db)
      const hash = await hashPassword(call.input.newPassword, `user ${userId}`)
      await call.db.transaction(async (db) => {
        const { count } = await db.sql`
          UPDATE users SET password = ${hash}, "updatedAt" = now() WHERE id = ${userId} AND password = ${before}`
        // Somebody else changed it meanwhile: what was proved is no longer the password.
        if (count === 0) throw wrongPassword()
        await endOtherSessions([userId], call.principal, db)
        await host.invalidate({ userIds: [userId] }, db)
      })
      return { liveApiKeys: (await serviceOf(host.services, LiveApiKeys)?.count(userId)) ?? 0 }
    },
  })

/** Sign in, sign out, and what the session may do with itself. */
export const signInPlugin = (
  host: PluginHost,
  failuresPerMinute: { readonly account: number; readonly address: number },
) =>
  definePlugin({
    name: 'sign-in',
    setup: ({ acl, auth, clock, db, resources }) => {
      const limit = new FailureLimit('failed-sign-ins', failuresPerMinute.account, host.limits.guarded)
      const addresses = new FailureLimit('failed-sign-ins-of-address', failuresPerMinute.address, host.limits.guarded)
      auth.strategy('session', sessionStrategy(db, clock))
      acl.grant(anonymousRole, 'auth', ['signIn'])
      acl.grant(anyCredential, 'auth', ['check'])
      acl.grant(signedIn, 'auth', ['signOut', 'changePassword'])
      resources.define('auth', {
        signIn: signIn({ accounts: limit, addresses }, clock),
        check,
        signOut: signOut(host),
        changePassword: changePassword(host, limit),
      })
    },
  })
