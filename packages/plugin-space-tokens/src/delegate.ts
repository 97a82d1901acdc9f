import { defineAction, type Action, type PluginContext } from '@postern/core'
import type { SpaceRole } from './roles.js'
import { managing } from './space-facts.js'
import { requireStanding } from './standing.js'

export interface Delegated {
  /** The collection whose action of the same name does the work, for the rows of the one space. */
  readonly to: string
  readonly action: string
  readonly summary: string
  readonly needs: SpaceRole
}

const reading = new Set(['list', 'get'])

/** An action under a space that is the collection's own, once the caller's role in the space was checked. */
export const delegated = (
  resources: PluginContext<object, object>['resources'],
  { to, action, summary, needs }: Delegated,
): Action =>
  defineAction({
    summary,
    reads: reading.has(action),
    // The collection's action has a transaction of its own; its hooks see the rules once more.
    transaction: false,
    run: async (call) => {
      const { key, params, body, principal, request } = call
      const space = await requireStanding(call.sourceId, needs, call)
      // One key of the query is the call's; several are the collection's to read.
      const own = params['filterByTk'] === undefined ? { key } : {}
      return resources.call(to, action, { ...own, principal: managing(principal, space), params, body, request })
    },
  })
