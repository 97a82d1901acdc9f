import { takeLock } from '../database/advisory-lock.js'
import type { Transaction } from '../database/executor.js'
import { executorOf, type DatabaseHandle } from '../database/handle.js'
import { readCollection, type CollectionRecord } from '../database/runtime-collections.js'
import { notFound } from '../kernel/wire-errors.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import { Reply, type ActionCall } from '../resources/action.js'
import { flagParameter, numberParameter, parameter } from '../resources/parameters.js'
import { isName } from './collection-definition.js'

/** The channel on which nodes learn that collections changed. */
export const collectionsChannel = 'collections'

/** `force=true`: data may be lost. */
export const isForced = (call: ActionCall): boolean => flagParameter('force', parameter(call, 'force', false), false)

/** @throws 404 */
export async function findCollection(name: string, db: DatabaseHandle): Promise<CollectionRecord> {
  const record = isName(name) ? await readCollection(executorOf(db), name) : undefined
  if (!record) throw notFound()
  return record
}

/** A page of what fits into memory. */
export function pageOf(call: ActionCall, items: readonly unknown[]): Reply {
  if (!flagParameter('paginate', parameter(call, 'paginate', true), true)) return new Reply({ data: items })
  const page = numberParameter('page', parameter(call, 'page', true), 1, 9_999_999)
  const pageSize = numberParameter('pageSize', parameter(call, 'pageSize', true), 20, 1000)
  const data = items.slice((page - 1) * pageSize, page * pageSize)
  const meta = { count: items.length, page, pageSize, totalPage: Math.ceil(items.length / pageSize) }
  return new Reply({ data, meta })
}

/** Changes collections: one change at a time among all nodes; it is in force on each of them when this returns. */
export const changeCollections = <T>(
  host: PluginHost,
  db: DatabaseHandle,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> =>
  executorOf(db).transaction(async (transaction) => {
    await takeLock(transaction, 'collections')
    const result = await work(transaction)
    await host.broadcast.announce(transaction, collectionsChannel, null)
    return result
  })
