import { z } from 'zod'
import { root } from '../acl/role.js'
import type { DatabaseHandle } from '../database/handle.js'
import { notFound, wire } from '../kernel/wire-errors.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import type { ActionDocument } from '../resources/action-document.js'
import { Reply, type ActionCall, type Actions } from '../resources/action.js'
import { roleNamesDocument } from './documented-forms.js'
import { guardLastRoot, guardRootRole, guardRootUsers } from './user-guard.js'
import { giveRoles } from './users-plugin.js'

const namesSchema = z.array(z.string()).max(500)

/** Role names: the body, or `filterByTk`. */
function namesOf({ body, params, key }: ActionCall): string[] {
  const { filterByTk } = params
  const given =
    body ??
    (typeof filterByTk === 'string' ? filterByTk.split(',') : (filterByTk ?? (key === undefined ? undefined : [key])))
  const names = namesSchema.safeParse(given)
  if (!names.success) throw wire.INVALID_VALUE({ problem: 'a list of role names is needed, such as ["editor"]' })
  return names.data
}

/** The user whose roles are meant. @throws 404 when there is none */
async function parentOf({ sourceId = '' }: ActionCall, db: DatabaseHandle): Promise<number> {
  const id = /^\d{1,15}$/.test(sourceId) ? Number(sourceId) : 0
  const { count } = await db.sql`SELECT 1 FROM users WHERE id = ${id} FOR UPDATE`
  if (count === 0) throw notFound()
  return id
}

const takeRoles = (userId: number, names: readonly string[], db: DatabaseHandle) =>
  db.sql`DELETE FROM "usersRoles" WHERE "userId" = ${userId} AND "roleName" = ANY(${names}::text[])`

async function held(userId: number, db: DatabaseHandle): Promise<string[]> {
  const { rows } = await db.sql`SELECT "roleName" FROM "usersRoles" WHERE "userId" = ${userId} ORDER BY id`
  return rows.map((row) => String(row['roleName']))
}

type Change = (
  userId: number,
  names: readonly string[],
  before: readonly string[],
  db: DatabaseHandle,
) => Promise<unknown>

const changes: Readonly<Record<string, { readonly summary: string; readonly change: Change }>> = {
  add: { summary: 'Give a user roles', change: (userId, names, _before, db) => giveRoles(userId, names, db) },
  remove: {
    summary: 'Take roles from a user',
    change: async (userId, names, before, db) => {
      if (!names.every((name) => before.includes(name))) throw notFound()
      await takeRoles(userId, names, db)
    },
  },
  set: {
    summary: 'Give a user exactly these roles',
    change: async (userId, names, before, db) => {
      await takeRoles(
        userId,
        before.filter((name) => !names.includes(name)),
        db,
      )
      await giveRoles(userId, names, db)
    },
  },
  toggle: {
    summary: 'Give a user the roles that he lacks and take those that he has',
    change: async (userId, names, before, db) => {
      await takeRoles(
        userId,
        names.filter((name) => before.includes(name)),
        db,
      )
      await giveRoles(
        userId,
        names.filter((name) => !before.includes(name)),
        db,
      )
    },
  },
}

/** `users/<id>/roles:*` */
export function userRoleActions(host: PluginHost): Actions {
  const writing = Object.entries(changes).map(([name, { summary, change }]) => {
    const run = async (call: ActionCall): Promise<Reply> => {
      const names = namesOf(call)
      const userId = await parentOf(call, call.db)
      const before = await held(userId, call.db)
      const touched =
        name === 'set'
          ? [...before.filter((role) => !names.includes(role)), ...names.filter((role) => !before.includes(role))]
          : names
      guardRootRole(call.principal, touched)
      await guardRootUsers(call.principal, [userId], call.db)
      if (before.includes(root) && touched.includes(root)) await guardLastRoot([userId], call.db)
      await change(userId, names, before, call.db)
      await host.invalidate({ userIds: [userId] }, call.db)
      return new Reply({ data: 'ok' })
    }
    return [name, { summary, run, document: roleNamesDocument }] as const
  })
  const document: ActionDocument = { answer: { form: 'page', records: 'roles' } }
  return {
    list: { summary: 'List the roles of a user', reads: true, run: list, document },
    ...Object.fromEntries(writing),
  }
}

async function list({ db, sourceId = '' }: ActionCall): Promise<Reply> {
  const id = /^\d{1,15}$/.test(sourceId) ? Number(sourceId) : 0
  const parent = await db.sql`SELECT 1 FROM users WHERE id = ${id}`
  if (parent.count === 0) throw notFound()
  const { rows } = await db.sql`
    SELECT roles."createdAt", roles."updatedAt", roles."createdById", roles.description, roles.id, roles.name, roles.title, roles."updatedById"
    FROM roles JOIN "usersRoles" ON "roleName" = name WHERE "userId" = ${id} ORDER BY "usersRoles".id`
  return new Reply({
    data: rows,
    meta: { count: rows.length, page: 1, pageSize: Math.max(rows.length, 20), totalPage: rows.length > 0 ? 1 : 0 },
  })
}
