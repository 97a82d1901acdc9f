import { takeLock } from '../database/advisory-lock.js'
import type { Transaction } from '../database/executor.js'
import { executorOf, type DatabaseHandle } from '../database/handle.js'
import { readCollection, type CollectionRecord } from '../database/runtime-collections.js'
import { seeing } from '../database/seeing.js'
import { notFound } from '../kernel/wire-errors.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import type { ActionCall } from '../resources/action.js'
import { flagParameter, parameter } from '../resources/parameters.js'
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

/** Changes collections: one change at a time among all nodes; it is in force on each of them when this returns. */
export const changeCollections = <T>(
  host: PluginHost,
  db: DatabaseHandle,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> =>
  seeing(executorOf(db), host.collections.options.everyPart()).transaction(async (transaction) => {
    await takeLock(transaction, 'collections')
    const result = await work(transaction)
    await host.broadcast.announce(transaction, collectionsChannel, null)
    // What goes takes along what was granted on it.
    await host.broadcast.announce(transaction, 'grants', null)
    return result
  })
