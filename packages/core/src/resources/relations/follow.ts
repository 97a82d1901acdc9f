import type { Permission } from '../../acl/permission.js'
import { addressOf, type ResolvedRelation } from '../../database/resolve-relation.js'
import { wire } from '../../kernel/wire-errors.js'
import type { Rights } from '../rights.js'

/** A permission that names fields names relations too. */
export const names = (fields: ReadonlySet<string> | undefined, relation: string): boolean =>
  !fields || fields.has(relation)

/** What the relation itself was granted for. */
function grantedAlone({ find }: Rights, relation: ResolvedRelation): Permission | undefined {
  const granted = (action: string): Permission | undefined => find(addressOf(relation), action, relation.target.name)
  return granted('list') ?? (relation.many ? undefined : granted('get'))
}

/**
 * May the caller follow a relation? The one question that `fields`, `appends`, `filter`, `sort`, measures and the address
 * of a relation ask: his right to read the source must name it, and he must be allowed to list the target; or the
 * relation itself was granted.
 *
 * @param fields what he may read of the source; undefined for all of it
 * @returns what he may see behind it
 */
export function followed(
  rights: Rights,
  relation: ResolvedRelation,
  fields: ReadonlySet<string> | undefined,
): Permission | undefined {
  const { target, name } = relation
  // A plugin that lists in its own way knows more than grants say of who may see what: nothing is seen past it.
  if (!rights.isBuiltIn(target.name, 'list')) return undefined
  const whole = names(fields, name) ? rights.find(target.name, 'list') : undefined
  return whole ?? grantedAlone(rights, relation)
}

/** The same. @throws 403 NO_PERMISSION */
export function follow(
  rights: Rights,
  relation: ResolvedRelation,
  fields: ReadonlySet<string> | undefined,
): Permission {
  const { source, target, name } = relation
  const refused = names(fields, name) ? `${target.name}:list` : `the relation ${source.name}.${name}`
  const permission = followed(rights, relation, fields)
  if (permission) return permission
  throw wire.NO_PERMISSION({ target: refused })
}
