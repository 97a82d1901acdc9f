import { z } from 'zod'
import { hashPassword } from '../auth/password.js'
import { executorOf, type DatabaseHandle } from '../database/handle.js'
import { notFound, wire } from '../kernel/wire-errors.js'
import { definePlugin } from '../plugins/plugin.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import { Reply, type ActionCall, type Actions } from '../resources/action.js'
import { builtinDocuments } from '../resources/action-document.js'
import type { ResourceContext } from '../resources/context.js'
import { findReading } from '../resources/rights.js'
import { create } from '../resources/crud/create.js'
import type { HookCall } from '../resources/hook-call.js'
import { isObject } from '../resources/parameters.js'
import { identityCollections, identityMigrations, users } from './identity.js'
import { endOtherSessions } from './sessions.js'
import { guardLastRoot, guardRootRole, guardRootUsers, lockUsers } from './user-guard.js'

/** The role that every user gets. */
const everyone = 'member'

const idsOf = (rows: readonly Readonly<Record<string, unknown>>[]): number[] => rows.map((row) => Number(row['id']))

async function prepareValues({ values }: HookCall): Promise<void> {
  if (typeof values['email'] === 'string') values['email'] = values['email'].toLowerCase()
  if (typeof values['password'] === 'string') values['password'] = await hashPassword(values['password'])
}

/** `roles` of a new user, taken out of the body: names that exist and that the caller may give. */
function takeRoles(
  { principal }: ActionCall,
  body: unknown,
  acl: PluginHost['acl'],
): { readonly record: unknown; readonly roles: readonly string[] } {
  if (!isObject(body) || body['roles'] === undefined) return { record: body, roles: [] }
  const { roles, ...record } = body
  if (!Array.isArray(roles) || !roles.every((name) => typeof name === 'string')) {
    throw wire.INVALID_VALUE({ problem: 'roles must be a list of role names' }).at('roles')
  }
  // Whoever may make users, but not give roles, could otherwise give himself one through a new user.
  if (roles.length > 0) acl.permit(principal, 'users.roles', 'add')
  guardRootRole(principal, roles)
  return { record, roles }
}

/** Gives a user roles. @throws 404 when one of them does not exist; nothing is given then */
export async function giveRoles(userId: number, names: readonly string[], db: DatabaseHandle): Promise<void> {
  const wanted = [...new Set(names)]
  const { count } = await db.sql`SELECT 1 FROM roles WHERE name = ANY(${wanted}::text[])`
  if (count < wanted.length) throw notFound()
  await db.sql`
    INSERT INTO "usersRoles" ("userId", "roleName", "createdAt", "updatedAt")
    SELECT ${userId}, name, now(), now() FROM unnest(${wanted}::text[]) AS name ON CONFLICT DO NOTHING`
}

/** A key that changes its owner's password could sign in as him, and become more than its role. @throws 403 */
function guardOwnPassword(ids: readonly number[], { principal }: HookCall): void {
  if (principal.kind === 'session' || principal.userId === null || !ids.includes(principal.userId)) return
  throw wire.NO_PERMISSION({ target: "the password of the credential's owner" })
}

const rolesOfNew = z.object({ roles: z.array(z.string()).optional().describe('Names of roles that exist') })

/** `users:create` takes `roles` beside the fields, so that a user and his roles are made together or not at all. */
function createAction(context: ResourceContext, { acl }: PluginHost): Actions {
  return {
    create: {
      summary: 'Create a user, or several in one transaction',
      document: { ...builtinDocuments.create, also: rolesOfNew },
      tells: true,
      run: async (call) => {
        const collection = context.collections.require(users.name)
        const bodies: readonly unknown[] = Array.isArray(call.body) ? call.body : [call.body]
        const taken = bodies.map((body) => takeRoles(call, body, acl))
        const records = taken.map(({ record }) => record)
        const inner: ActionCall = { ...call, body: Array.isArray(call.body) ? records : records[0] }
        const reply = await create.run({
          call: inner,
          collection,
          context: { ...context, executor: executorOf(call.db) },
          readPermission: findReading(call.rights, users.name),
          rights: call.rights,
        })
        const made = isObject(reply.body) ? reply.body['data'] : undefined
        const rows: readonly unknown[] = Array.isArray(made) ? made : [made]
        for (const [index, row] of rows.entries()) {
          if (isObject(row)) await giveRoles(Number(row['id']), [everyone, ...(taken[index]?.roles ?? [])], call.db)
        }
        return new Reply(reply.body)
      },
    },
  }
}

/** Users, as a plugin like any other. It holds the tables of roles, grants and sessions too: they refer to each other. */
export const usersPlugin = (host: PluginHost, context: ResourceContext) =>
  definePlugin({
    name: 'users',
    collections: identityCollections,
    migrations: identityMigrations,
    setup: ({ resources, hooks }) => {
      resources.define('users', createAction(context, host))
      hooks.before('users:create', prepareValues)
      hooks.before('users:update', async (call) => {
        const ids = idsOf(await call.targets())
        await guardRootUsers(call.principal, ids, call.db)
        if (call.values['enabled'] === false) await guardLastRoot(ids, call.db)
        if (call.values['password'] !== undefined) {
          guardOwnPassword(ids, call)
          // A sign-in with the old password that is under way waits for the lock, and then finds the new one.
          await lockUsers(ids, call.db)
          await endOtherSessions(ids, call.principal, call.db)
        }
        await prepareValues(call)
      })
      hooks.before('users:destroy', async (call) => {
        const ids = idsOf(await call.targets())
        await guardRootUsers(call.principal, ids, call.db)
        await guardLastRoot(ids, call.db)
        await host.invalidate({ userIds: ids }, call.db)
      })
      hooks.written('users:update', ({ records, db }) => host.invalidate({ userIds: idsOf(records) }, db))
    },
  })
