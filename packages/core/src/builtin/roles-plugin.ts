import { z } from 'zod'
import type { Grant } from '../acl/grant.js'
import { builtinRoles } from '../acl/role.js'
import type { Connection } from '../database/connection.js'
import type { DatabaseHandle } from '../database/handle.js'
import { executorOf } from '../database/handle.js'
import { wire } from '../kernel/wire-errors.js'
import { definePlugin } from '../plugins/plugin.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import type { HookCall } from '../resources/hook-call.js'
import { checkGrant } from './grant-checks.js'
import { userRoleActions } from './user-roles.js'

const channel = 'grants'
const grantRow = z.object({
  role: z.string(),
  resource: z.string(),
  actions: z.array(z.string()),
  fields: z.array(z.string()).nullable(),
  where: z.record(z.string(), z.unknown()).nullable(),
})

const readings = new WeakMap<Connection, Promise<unknown>>()

/**
 * Reads every grant that operators made; there are few. One reading begins when the one before has ended: otherwise an
 * older one could arrive after a newer one, and put grants back in force that were taken away.
 */
export function loadGrants(connection: Connection): Promise<Grant[]> {
  const reading = (readings.get(connection) ?? Promise.resolve()).then(() => readGrants(connection))
  readings.set(
    connection,
    reading.catch(() => undefined),
  )
  return reading
}

async function readGrants(connection: Connection): Promise<Grant[]> {
  const { rows } = await connection.run({
    text: 'SELECT role, resource, actions, fields, "where" FROM grants',
    values: [],
  })
  // One that somebody broke with SQL allows nothing, and must not keep the others from being changed.
  return rows.flatMap((row) => grantRow.safeParse(row).data ?? [])
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
