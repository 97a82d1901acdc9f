import { z } from 'zod'
import { root } from '../acl/role.js'
import { parseFilter } from '../database/filter/parse-filter.js'
import type { AnyRow, CompiledCollection } from '../database/collection.js'
import type { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import type { HookCall } from '../resources/hook-call.js'
import { isObject } from '../resources/parameters.js'
import { isRoot } from './user-guard.js'

const namesSchema = z.array(z.string().min(1).max(255)).min(1).max(500)
/** Every node keeps every grant in memory, and sends its rule with every statement. */
const longestWhere = 10_000
const resourceForm = /^[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)?$/

/** What the variables of a rule may stand for; any other name is a mistake. */
const samples: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['$user.id', 1],
  ['$nRole', 'member'],
])

const fault = (problem: string, path: string): AppError => wire.INVALID_VALUE({ problem }).at(path)

/**
 * A grant with a mistake in it would be found when somebody is refused, or worse; so it is checked when it is made, and as
 * a whole when part of it is changed.
 *
 * @throws 400, or 403 when somebody else than root touches the role root
 */
export async function checkGrant(call: HookCall, host: PluginHost): Promise<void> {
  const before = call.action === 'update' ? await call.targets() : [{}]
  for (const row of before) await checkWhole({ ...row, ...call.values }, call, host)
}

async function checkWhole({ role, resource, actions, fields, where }: AnyRow, call: HookCall, host: PluginHost) {
  if (role === root && !isRoot(call.principal)) throw wire.NO_PERMISSION({ target: 'the role root' })
  const { count } = await call.db.sql`SELECT 1 FROM roles WHERE name = ${role}`
  if (count === 0) throw fault(`there is no role "${String(role)}"`, 'role')
  const name = String(resource)
  const known = host.resources.grantable(name)
  // The plugin that brings a resource may be off.
  if (known.length === 0 && !resourceForm.test(name)) throw fault(`"${name}" cannot be a resource`, 'resource')
  checkActions(actions, name, known)
  const collection = host.collections.get(name)
  checkFields(fields, name, known, collection)
  checkWhere(where, name, known, collection)
}

function checkActions(actions: unknown, resource: string, known: readonly string[]): void {
  const names = namesSchema.safeParse(actions)
  if (!names.success) throw fault('actions must be a list of action names, or ["*"]', 'actions')
  // Only a resource that is there is known to lack an action.
  const unknown = known.length === 0 ? undefined : names.data.find((name) => name !== '*' && !known.includes(name))
  if (unknown === undefined) return
  throw fault(`${resource} has no action "${unknown}"; it has ${known.join(', ')}`, 'actions')
}

/** What has no records has no fields and no rows either: such a limit would be no limit. */
function refuseLimit(
  resource: string,
  known: readonly string[],
  collection: CompiledCollection | undefined,
  path: string,
) {
  if (known.length === 0 || collection) return
  throw fault(`${resource} is no collection: what may be done with it cannot be limited to some ${path}`, path)
}

function checkFields(
  fields: unknown,
  resource: string,
  known: readonly string[],
  collection: CompiledCollection | undefined,
): void {
  if (fields === undefined || fields === null) return
  const names = namesSchema.safeParse(fields)
  if (!names.success) throw fault('fields must be a list of field names', 'fields')
  refuseLimit(resource, known, collection, 'fields')
  const unknown =
    collection && names.data.find((name) => !collection.fields.has(name) && !collection.relations.has(name))
  if (unknown !== undefined) throw fault(`there is no field "${unknown}" in ${resource}`, 'fields')
}

function checkWhere(
  where: unknown,
  resource: string,
  known: readonly string[],
  collection: CompiledCollection | undefined,
): void {
  if (where === undefined || where === null) return
  if (!isObject(where)) throw fault('where must be a filter, such as {"createdById":"{{$user.id}}"}', 'where')
  if (JSON.stringify(where).length > longestWhere)
    throw fault(`where must have at most ${longestWhere} characters`, 'where')
  refuseLimit(resource, known, collection, 'where')
  // Hidden fields are hidden here too: rules that look at them would tell of them, row by row.
  if (collection) parseFilter(collection, where, { path: 'where', variable: (name) => samples.get(name) })
}
