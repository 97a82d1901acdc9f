import type { Acl } from '../../acl/acl.js'
import type { Permission } from '../../acl/permission.js'
import type { Principal } from '../../auth/principal.js'
import { addressOf, type ResolvedRelation } from '../../database/resolve-relation.js'
import type { ActionCall, Reply } from '../action.js'
import type { ResourceContext } from '../context.js'
import { followed, names } from '../relations/follow.js'
import { findReading, type Rights } from '../rights.js'

/** A call under a parent: `posts/1/comments:list`. Its permission is that for the action itself. */
export interface AssociationCall {
  readonly call: ActionCall
  readonly relation: ResolvedRelation
  readonly context: ResourceContext
  readonly rights: Rights
  /** What the caller may see of the parents. */
  readonly parents: Permission
}

/** An action that every relation has. */
export interface AssociationAction {
  readonly name: string
  readonly summary: string
  readonly reads: boolean
  /** Changes which records are related, and nothing else. */
  readonly links: boolean
  run(call: AssociationCall): Promise<Reply>
}

/** What a call of a relation's action may touch. */
interface Allowed {
  readonly permission: Permission
  /** What the caller may see of the parents. */
  readonly parents: Permission
}

type Asked = Pick<AssociationAction, 'name' | 'links'>

/** The collection whose rights count: linking is an action of the source, the rest is about records of the target. */
const touchedBy = ({ source, target }: ResolvedRelation, { links }: Asked): string =>
  links ? source.name : target.name

/** What the rights to records allow of an action, whichever way they are reached. */
function ofRecords({ find }: Rights, relation: ResolvedRelation, { name, links }: Asked): Permission | undefined {
  const { source, target } = relation
  if (!links) return find(target.name, name) ?? (name === 'get' ? find(target.name, 'list') : undefined)
  const permission = find(source.name, name)
  return permission && names(permission.fields, relation.name) ? permission : undefined
}

const parentsOf = (
  rights: Rights,
  { source, ...relation }: ResolvedRelation,
  { name }: Asked,
): Permission | undefined =>
  findReading(rights, source.name) ?? rights.find(addressOf({ source, ...relation }), name, source.name)

/** To relate records, or to make one that is related, nothing behind the relation need be seen. */
const mayReach = (
  rights: Rights,
  relation: ResolvedRelation,
  { fields }: Permission,
  { name, links }: Asked,
): boolean =>
  links || name === 'create' ? names(fields, relation.name) : followed(rights, relation, fields) !== undefined

/**
 * What a caller may touch with an action of a relation. Records are the target's, and so are the rights; linking is an
 * action of the source. The address of a relation asks what everything asks that follows one. Either may be granted on
 * the relation alone: `posts.comments`.
 */
export function findAssociation(rights: Rights, relation: ResolvedRelation, action: Asked): Allowed | undefined {
  const parents = parentsOf(rights, relation, action)
  if (!parents) return undefined
  const whole = mayReach(rights, relation, parents, action) ? ofRecords(rights, relation, action) : undefined
  const permission = whole ?? rights.find(addressOf(relation), action.name, touchedBy(relation, action))
  return permission && { permission, parents }
}

/** The same. @throws 401 EMPTY_TOKEN, 403 NO_PERMISSION or INSUFFICIENT_SCOPE */
export function permitAssociation(
  { acl, principal, rights }: { readonly acl: Acl; readonly principal: Principal; readonly rights: Rights },
  relation: ResolvedRelation,
  action: Asked,
): Allowed {
  const allowed = findAssociation(rights, relation, action)
  if (allowed) return allowed
  const { source, target, name } = relation
  const parents = parentsOf(rights, relation, action)
  if (!parents) return acl.refuse(principal, source.name, 'get')
  const permission = ofRecords(rights, relation, action)
  if (!permission) return acl.refuse(principal, touchedBy(relation, action), action.name)
  if (names(parents.fields, name)) return acl.refuse(principal, target.name, 'list')
  return acl.refuse(principal, addressOf(relation), action.name)
}
