import type { Permission } from '../../acl/permission.js'
import type { CompiledCollection } from '../../database/collection.js'
import type { ActionCall, Reply } from '../action.js'
import type { ResourceContext } from '../context.js'

export interface CrudCall {
  readonly call: ActionCall
  readonly collection: CompiledCollection
  readonly context: ResourceContext
  /** What the caller may read of the collection; undefined when he may not. */
  readonly readPermission: Permission | undefined
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
