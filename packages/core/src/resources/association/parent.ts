import { rowsOf } from '../../acl/permission.js'
import type { Executor } from '../../database/executor.js'
import { allOf, always, type Condition } from '../../database/filter/condition.js'
import { isEqual } from '../../database/filter/tests.js'
import { Records } from '../../database/records.js'
import type { ResolvedRelation } from '../../database/resolve-relation.js'
import { notFound } from '../../kernel/wire-errors.js'
import { tkValue } from '../target.js'
import type { AssociationCall } from './association.js'

export interface Parent {
  readonly id: unknown
  /** The value of the field that takes part in the relation. */
  readonly key: unknown
}

/**
 * The parent that the address names.
 *
 * @param locked it and its links stay as they are until the transaction ends
 * @throws 404 when it is not there or the caller may not see it
 */
export async function parentOf(
  { call, relation, context, parents }: AssociationCall,
  executor: Executor,
  { locked = false, rows = always }: { readonly locked?: boolean; readonly rows?: Condition } = {},
): Promise<Parent> {
  const { source, here } = relation
  const condition = allOf(
    isEqual(source.targetKey, tkValue(source, call.sourceId)),
    rowsOf(parents, source, call.principal, call.clock.now()),
    rows,
  )
  const records = new Records(source, executor, context.clock, null)
  const [row] = await records.select({ fields: ['id', here.name], condition, varied: true, locked })
  if (!row) throw notFound()
  return { id: row['id'], key: row[here.name] }
}

/** The records of the target that are related to a parent. */
export function relatedTo({ there, link }: ResolvedRelation, { key }: Parent): Condition {
  // Without a key nothing is related, whatever else is without one.
  if (key === null || key === undefined) return { type: 'any', conditions: [] }
  if (!link) return isEqual(there, key)
  const join = { table: link.collection.name, here: there.name, there: link.there.name }
  return { type: 'exists', join, condition: isEqual(link.here, key) }
}
