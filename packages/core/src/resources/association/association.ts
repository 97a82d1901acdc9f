import type { Acl } from '../../acl/acl.js'
import type { Permission } from '../../acl/permission.js'
import type { Principal } from '../../auth/principal.js'
import type { ResolvedRelation } from '../../database/resolve-relation.js'
import type { ActionCall, Reply } from '../action.js'
import type { ResourceContext } from '../context.js'
import type { Rights } from '../rights.js'

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

export const addressOf = ({ source, name }: ResolvedRelation): string => `${source.name}.${name}`

type Find = (
  acl: Acl,
  principal: Principal,
  relation: ResolvedRelation,
  action: AssociationAction,
) => Permission | undefined
type Permit = (...asked: Parameters<Find>) => Permission

/** The collection whose rights count: linking is an action of the source, the rest is about records of the target. */
const touchedBy = ({ source, target }: ResolvedRelation, { links }: AssociationAction): string =>
  links ? source.name : target.name

/**
 * What a caller may touch with an action of a relation. Records are the target's, and so are the rights; linking is an
 * action of the source. Either may be granted on the relation alone: `posts.comments`.
 */
export const findAssociation: Find = (acl, principal, relation, action) => {
  const { name, reads } = action
  const touched = touchedBy(relation, action)
  return acl.find(principal, touched, name, reads) ?? acl.find(principal, addressOf(relation), name, reads, touched)
}

/** The same. @throws 401 EMPTY_TOKEN, 403 NO_PERMISSION or INSUFFICIENT_SCOPE */
export const permitAssociation: Permit = (acl, principal, relation, action) =>
  findAssociation(acl, principal, relation, action) ?? acl.refuse(principal, touchedBy(relation, action), action.name)

/** The parents that a caller may see. */
export const findParents: Find = (acl, principal, relation, { name }) => {
  const { name: source } = relation.source
  const read = acl.find(principal, source, 'get') ?? acl.find(principal, source, 'list')
  return read ?? acl.find(principal, addressOf(relation), name, true, source)
}

/** The same. @throws 403 NO_PERMISSION */
export const permitParents: Permit = (acl, principal, relation, action) =>
  findParents(acl, principal, relation, action) ?? acl.refuse(principal, relation.source.name, 'get')
