import type { Permission } from '../../acl/permission.js'
import type { CompiledCollection } from '../../database/collection.js'
import type { AnyRow } from '../../database/collection.js'
import type { Condition } from '../../database/filter/condition.js'
import type { Link } from '../../database/resolve-relation.js'
import type { CompiledField, Values } from '../../schema/shape.js'
import type { ActionCall, Reply } from '../action.js'
import type { ResourceContext } from '../context.js'
import type { Rights } from '../rights.js'

export interface CrudCall {
  readonly call: ActionCall
  readonly collection: CompiledCollection
  readonly context: ResourceContext
  /** What the caller may read of the collection; undefined when he may not. */
  readonly readPermission: Permission | undefined
  readonly rights: Rights
  /** Reached through a relation that leads to one record: no tk is needed to say which. */
  readonly toOne?: boolean
  /** Reached through links of this record: they come with the records. */
  readonly linked?: Linked
}

/** The links of one record. */
export interface Linked {
  readonly link: Link
  /** The field of the records that links go by. */
  readonly there: CompiledField
  /** The value that all these links have of their source. */
  readonly key: unknown
}

/** An action that every collection has. */
export interface CrudAction {
  readonly name: string
  readonly summary: string
  readonly reads: boolean
  /** The collections that have it; all unless it says so. */
  readonly applies?: (collection: CompiledCollection) => boolean
  /**
   * Actions that are run as part of it. Where a plugin put one of its own in the place of any of them, this one would
   * be a way around it, and is not offered.
   */
  readonly performs?: readonly string[]
  run(call: CrudCall): Promise<Reply>
}

/** What was written. */
export interface Written {
  /** All that may leave the server: for the server's own use. */
  readonly rows: readonly AnyRow[]
  /** What the caller may see of them. */
  readonly shown: readonly AnyRow[]
}

/** How records are written, for what writes several kinds of them in one call. */
export interface Writers {
  /** Creates the record or the records of the call's body. */
  readonly insert: (crud: CrudCall) => Promise<Written>
  /** Applies the changes of a body, checked, to the records that a condition selects. */
  readonly change: (crud: CrudCall, condition: Condition, body: Values) => Promise<Written>
  /** The same with values that need no check. */
  readonly update: (crud: CrudCall, condition: Condition, values: Record<string, unknown>) => Promise<Written>
}
