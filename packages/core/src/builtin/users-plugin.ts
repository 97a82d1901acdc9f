import { hashPassword } from '../auth/password.js'
import { executorOf, type DatabaseHandle } from '../database/handle.js'
import { notFound, wire } from '../kernel/wire-errors.js'
import { definePlugin } from '../plugins/plugin.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import { Reply, type ActionCall, type Actions } from '../resources/action.js'
import type { ResourceContext } from '../resources/context.js'
import { create } from '../resources/crud/create.js'
import type { HookCall } from '../resources/hook-call.js'
import { isObject } from '../resources/parameters.js'
import { identityCollections, identityMigrations, users } from './identity.js'
import { guardLastRoot, guardRootRole, guardRootUsers } from './user-guard.js'

/** The role that every user gets. */
const everyone = 'member'

const idsOf = (rows: readonly Readonly<Record<string, unknown>>[]): number[] => rows.map((row) => Number(row['id']))

async function prepareValues({ values }: HookCall): Promise<void> {
  if (typeof values['email'] === 'string') values['email'] = values['email'].toLowerCase()
  if (typeof values['password'] === 'string') values['password'] = await hashPassword(values['password'])
}

/** `roles` of a new user, taken out of the body: names that exist and that the caller may give. */
function takeRoles(call: ActionCall, body: unknown): { readonly record: unknown; readonly roles: readonly string[] } {
  if (!isObject(body) || body['roles'] === undefined) return { record: body, roles: [] }
  const { roles, ...record } = body
  if (!Array.isArray(roles) || !roles.every((name) => typeof name === 'string')) {
    throw wire.INVALID_VALUE({ problem: 'roles must be a list of role names' }).at('roles')
  }
  guardRootRole(call.principal, roles)
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

/** A password that somebody else set, or an account that was closed: its sessions end. */
async function endSessions({ values, db, principal, targets }: HookCall): Promise<void> {
  if (values['password'] === undefined && values['enabled'] !== false) return
  const others = idsOf(await targets()).filter((id) => id !== principal.userId)
  await db.sql`DELETE FROM sessions WHERE "userId" = ANY(${others}::bigint[])`
}

/** `users:create` takes `roles` beside the fields, so that a user and his roles are made together or not at all. */
function createAction(context: ResourceContext): Actions {
  return {
    create: {
      summary: 'Create a user, or several in one transaction',
      tells: true,
      run: async (call) => {
        const collection = context.collections.require(users.name)
        const bodies: readonly unknown[] = Array.isArray(call.body) ? call.body : [call.body]
        const taken = bodies.map((body) => takeRoles(call, body))
        const records = taken.map(({ record }) => record)
        const inner: ActionCall = { ...call, body: Array.isArray(call.body) ? records : records[0] }
        const reply = await create.run({
          call: inner,
          collection,
          context: { ...context, executor: executorOf(call.db) },
          readPermission: undefined,
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
      resources.define('users', createAction(context))
      hooks.before('users:create', prepareValues)
      hooks.before('users:update', async (call) => {
        const ids = idsOf(await call.targets())
        await guardRootUsers(call.principal, ids, call.db)
        if (call.values['enabled'] === false) await guardLastRoot(ids, call.db)
        await endSessions(call)
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
