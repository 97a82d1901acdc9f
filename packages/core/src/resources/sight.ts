import { rowsOf, type Permission } from '../acl/permission.js'
import type { CompiledCollection } from '../database/collection.js'
import type { FilterOptions } from '../database/filter/filter-options.js'
import { wire } from '../kernel/wire-errors.js'
import type { ActionCall } from './action.js'
import { identity, readableSet } from './readable.js'
import { follow } from './relations/follow.js'

type Seeing = Pick<FilterOptions, 'readable' | 'followable' | 'related'>

/** What the caller may see of a collection and behind its relations: for his filter and his order. */
export const sightThrough = (
  { rights, principal, clock }: Pick<ActionCall, 'rights' | 'principal' | 'clock'>,
  collection: CompiledCollection,
  permission: Permission,
): Seeing => ({
  readable: readableSet(collection, permission),
  followable: permission.fields,
  related: (relation, followable) => {
    const { target } = relation
    const behind = follow(rights, relation, followable)
    return {
      readable: readableSet(target, behind),
      followable: behind.fields,
      rows: rowsOf(behind, target, principal, clock.now()),
    }
  },
})

/** The same for whoever may not read: no more than which records he means. */
export const withoutSight = (collection: CompiledCollection): Seeing => ({
  readable: identity(collection),
  followable: new Set(),
  related: ({ source, name }) => {
    throw wire.NO_PERMISSION({ target: `the relation ${source.name}.${name}` })
  },
})
