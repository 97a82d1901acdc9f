import { driftCure, driftText, findDrift } from '../database/drift.js'
import { isSchemaGone } from '../database/postgres-errors.js'
import { wire } from '../kernel/wire-errors.js'
import type { ResourceContext } from './context.js'

/** The collection that a resource shows, and those that its relations lead to. */
function reachedFrom(resource: string, { collections }: ResourceContext): string[] {
  const [root = ''] = resource.split('.')
  const relations = [...(collections.get(root)?.relations.values() ?? [])]
  return [root, ...relations.flatMap(({ target, through }) => [target, through])]
}

/**
 * A table that changed while a request was on its way is there at the next try; what SQL took away is not: then the error
 * says what is missing, and what to do about it.
 */
export async function explainDrift(error: unknown, resource: string, context: ResourceContext): Promise<unknown> {
  if (!isSchemaGone(error)) return error
  try {
    const [drift] = await findDrift(context.executor, context.collections, reachedFrom(resource, context))
    if (!drift) return error
    const problem = `The database was changed past the server: ${driftText(drift)}. ${driftCure(drift)}`
    return wire.CONFLICT({ problem }, error)
  } catch {
    return error
  }
}
