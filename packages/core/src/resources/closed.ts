import { root } from '../acl/role.js'
import type { Principal } from '../auth/principal.js'
import type { CollectionRegistry } from '../database/collection-registry.js'
import type { ResourceRegistry } from './resource-registry.js'

/** Where an option of a collection belongs to a plugin that is off, nobody but root knows of the collection. */
export function isClosed(
  resources: ResourceRegistry,
  collections: CollectionRegistry,
  { resource, principal }: { readonly resource: string; readonly principal: Principal },
): boolean {
  if (principal.roles.includes(root)) return false
  if (!resource.includes('.')) return collections.isClosed(resource)
  const relation = resources.relation(resource)?.relation
  return relation !== undefined && [relation.source, relation.target].some(({ name }) => collections.isClosed(name))
}
