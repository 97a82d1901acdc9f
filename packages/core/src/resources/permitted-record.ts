import type { Collection, Row } from '../database/collection.js'
import { placeOf } from '../database/handle.js'
import { typedRow } from '../database/repository.js'
import { Records } from '../database/records.js'
import { notFound } from '../kernel/wire-errors.js'
import type { ActionCall } from './action.js'
import { recordOf } from './target.js'

/**
 * The record that an action with `key: true` is about, hidden fields included, if it is among those that the caller's
 * permission leaves.
 *
 * @throws 404, the same for a record that is not there and for one that is hidden from the caller
 */
export async function permittedRecord<C extends Collection>(call: ActionCall, collection: C): Promise<Row<C>> {
  const { executor, collections, clock } = placeOf(call.db)
  const compiled = collections.require(collection.name)
  const condition = recordOf(compiled, call)
  const records = new Records(compiled, executor, clock, null)
  const [row] = await records.select({ fields: [...compiled.fields.keys()], condition, varied: true })
  if (!row) throw notFound()
  return typedRow<C>(row)
}
