import { z } from 'zod'
import type { Grant } from '../acl/grant.js'
import { builtinRoles } from '../acl/role.js'
import type { Connection } from '../database/connection.js'
import { parseFilter } from '../database/filter/parse-filter.js'
import type { DatabaseHandle } from '../database/handle.js'
import { executorOf } from '../database/handle.js'
import { wire } from '../kernel/wire-errors.js'
import { definePlugin } from '../plugins/plugin.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import type { HookCall } from '../resources/hook-call.js'
import { isRoot } from './user-guard.js'
import { userRoleActions } from './user-roles.js'

const channel = 'grants'
const grantRow = z.object({
  role: z.string(),
  resource: z.string(),
  actions: z.array(z.string()),
  fields: z.array(z.string()).nullable(),
  where: z.record(z.string(), z.unknown()).nullable(),
})
const namesSchema = z.array(z.string().min(1)).min(1)

/** Reads every grant that operators made; there are few. */
export async function loadGrants(connection: Connection): Promise<Grant[]> {
  const { rows } = await connection.run({
    text: 'SELECT role, resource, actions, fields, "where" FROM grants',
    values: [],
  })
  return rows.map((row) => grantRow.parse(row))
}

/** A grant with a mistake in it would be found when somebody is refused, or worse; so it is checked when it is made. */
function checkGrant({ values, principal }: HookCall, host: PluginHost): void {
  const { role, resource, actions, fields, where } = values
  if (role === 'root' && !isRoot(principal)) throw wire.NO_PERMISSION({ target: 'the role root' })
  if (actions !== undefined) checkActions(actions, resource, host)
  if (fields !== undefined && fields !== null && !namesSchema.safeParse(fields).success) {
    throw wire.INVALID_VALUE({ problem: 'fields must be a list of field names' }).at('fields')
  }
  const collection = typeof resource === 'string' ? host.collections.get(resource) : undefined
  if (!collection) return
  const named = namesSchema.safeParse(fields)
  const unknown = named.success ? named.data.find((name) => !collection.fields.has(name)) : undefined
  if (unknown !== undefined)
    throw wire.INVALID_VALUE({ problem: `there is no field "${unknown}" in ${collection.name}` }).at('fields')
  if (where !== undefined && where !== null)
    parseFilter(collection, where, { trusted: true, path: 'where', variable: () => 1 })
}

function checkActions(actions: unknown, resource: unknown, host: PluginHost): void {
  const names = namesSchema.safeParse(actions)
  if (!names.success)
    throw wire.INVALID_VALUE({ problem: 'actions must be a list of action names, or ["*"]' }).at('actions')
  const known = typeof resource === 'string' ? host.resources.actionsOf(resource) : []
  // The plugin that brings a resource may be off; only a resource that is there is known to lack an action.
  const unknown = known.length === 0 ? undefined : names.data.find((name) => name !== '*' && !known.includes(name))
  if (unknown === undefined) return
  throw wire
    .INVALID_VALUE({ problem: `${String(resource)} has no action "${unknown}"; it has ${known.join(', ')}` })
    .at('actions')
}

async function guardBuiltinRoles(call: HookCall): Promise<void> {
  const names = new Set<string>(builtinRoles.map(({ name }) => name))
  const touched = (await call.targets()).map((row) => String(row['name'])).filter((name) => names.has(name))
  const renames = call.action === 'destroy' || call.values['name'] !== undefined
  if (renames && touched.length > 0)
    throw wire.CONFLICT({ problem: `The role "${touched.join('", "')}" belongs to the server` })
}

/** Roles, what they may do, and who holds them. */
export const rolesPlugin = (host: PluginHost) =>
  definePlugin({
    name: 'roles',
    install: async ({ db }): Promise<void> => {
      for (const { name, title } of builtinRoles) {
        await db.sql`INSERT INTO roles (name, title, "createdAt", "updatedAt") VALUES (${name}, ${title}, now(), now()) ON CONFLICT DO NOTHING`
      }
    },
    setup: ({ resources, hooks, onDispose }) => {
      const reload = async (): Promise<void> => host.acl.setStored(await loadGrants(host.connection))
      const announce = (db: DatabaseHandle) =>
        executorOf(db).transaction((transaction) => host.broadcast.announce(transaction, channel, null))
      resources.define('users.roles', userRoleActions(host))
      for (const action of ['create', 'update']) {
        hooks.before(`grants:${action}`, (call) => checkGrant(call, host))
        hooks.written(`grants:${action}`, async ({ db }) => void (await announce(db)))
      }
      hooks.written('grants:destroy', async ({ db }) => void (await announce(db)))
      for (const action of ['update', 'destroy']) {
        hooks.before(`roles:${action}`, guardBuiltinRoles)
        hooks.written(`roles:${action}`, async ({ db }) => {
          await announce(db)
          await host.invalidate({ all: true }, db)
        })
      }
      onDispose(() => host.acl.setStored([]))
      return { channel, reload }
    },
  })
