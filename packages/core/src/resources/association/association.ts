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

/**
 * What a caller may touch with an action of a relation. Records are the target's, and so are the rights; linking is an
 * action of the source. Either may be granted on the relation alone: `posts.comments`.
 *
 * @throws 401 EMPTY_TOKEN, 403 NO_PERMISSION or INSUFFICIENT_SCOPE
 */
export function permitAssociation(
  acl: Acl,
  principal: Principal,
  relation: ResolvedRelation,
  { name, links, reads }: AssociationAction,
): Permission {
  const touched = links ? relation.source.name : relation.target.name
  const permission =
    acl.find(principal, touched, name, reads) ?? acl.find(principal, addressOf(relation), name, reads, touched)
  return permission ?? acl.refuse(principal, touched, name)
}

/** The parents that a caller may see. @throws 403 NO_PERMISSION */
export function permitParents(
  acl: Acl,
  principal: Principal,
  relation: ResolvedRelation,
  { name }: AssociationAction,
): Permission {
  const { name: source } = relation.source
  const read = acl.find(principal, source, 'get') ?? acl.find(principal, source, 'list')
  return read ?? acl.find(principal, addressOf(relation), name, true, source) ?? acl.refuse(principal, source, 'get')
}
