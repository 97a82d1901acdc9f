import { rowsOf, type Permission } from '../acl/permission.js'
import type { CompiledCollection } from '../database/collection.js'
import type { FilterOptions, Sight } from '../database/filter/filter-options.js'
import type { ActionCall } from './action.js'
import { readableSet } from './readable.js'

/**
 * What the caller may see behind a relation: what he may list there. A plugin that lists in its own way knows more than
 * grants say of who may see what, so nothing is seen past it.
 *
 * @returns undefined when he may list none of it
 */
function sightOf(
  { rights, principal, clock }: Pick<ActionCall, 'rights' | 'principal' | 'clock'>,
  target: CompiledCollection,
): Sight | undefined {
  const permission = rights.isBuiltIn(target.name, 'list') ? rights.find(target.name, 'list') : undefined
  return (
    permission && {
      readable: readableSet(target, permission),
      followable: permission.fields,
      rows: rowsOf(permission, target, principal, clock.now()),
    }
  )
}

/** What the caller may see of a collection and behind its relations: for his filter and his order. */
export const sightThrough = (
  call: Pick<ActionCall, 'rights' | 'principal' | 'clock'>,
  collection: CompiledCollection,
  permission: Permission,
): Pick<FilterOptions, 'readable' | 'followable' | 'related'> => ({
  readable: readableSet(collection, permission),
  followable: permission.fields,
  related: (target) => sightOf(call, target),
})
