import type { ResolvedRelation } from '../resolve-relation.js'
import type { Condition, Join } from './condition.js'

const exists = (join: Join, condition: Condition): Condition => ({ type: 'exists', join, condition })

/** There is a record behind the relation that meets a condition. */
export function hasRelated({ here, there, link, target }: ResolvedRelation, condition: Condition): Condition {
  if (!link) return exists({ table: target.name, here: here.name, there: there.name }, condition)
  const behind = exists({ table: target.name, here: link.there.name, there: there.name }, condition)
  return exists({ table: link.collection.name, here: here.name, there: link.here.name }, behind)
}
