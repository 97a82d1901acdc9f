import { builtinDocuments, defineAction, type Action, type ActionDocument, type PluginContext } from '@postern/core'
import type { SpaceRole } from './roles.js'
import { managing } from './space-facts.js'
import { requireStanding } from './standing.js'

export interface Delegated {
  /** The collection whose action of the same name does the work, for the rows of the one space. */
  readonly to: string
  readonly action: keyof typeof builtinDocuments
  readonly summary: string
  readonly needs: SpaceRole
  /** The fields that come out. */
  readonly shows: readonly string[]
}

/** What the document says of the collection's action, of the rows that come out here. */
function documentOf({ to, action, shows }: Delegated): ActionDocument {
  const document: ActionDocument = builtinDocuments[action]
  return document.answer ? { ...document, answer: { ...document.answer, records: to, fields: shows } } : document
}

const reading = new Set(['list', 'get'])

/** An action under a space that is the collection's own, once the caller's role in the space was checked. */
export const delegated = (resources: PluginContext<object, object>['resources'], given: Delegated): Action => {
  const { to, action, summary, needs } = given
  return defineAction({
    summary,
    reads: reading.has(action),
    document: documentOf(given),
    // The collection's action has a transaction of its own; its hooks see the rules once more.
    transaction: false,
    run: async (call) => {
      const { resource, key, params, body, principal, request } = call
      const space = await requireStanding(call.sourceId, needs, call)
      // One key of the query is the call's; several are the collection's to read.
      const own = params['filterByTk'] === undefined ? { key } : {}
      const inner = managing(principal, space, resource, to)
      return resources.call(to, action, { ...own, principal: inner, params, body, request })
    },
  })
}
