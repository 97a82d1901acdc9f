import { takeLock } from '../database/advisory-lock.js'
import type { Transaction } from '../database/executor.js'
import { referencesTo } from '../database/foreign-keys.js'
import { createHandle } from '../database/handle.js'
import { quote } from '../database/sql.js'
import { dropTable, tableExists } from '../database/table.js'
import { wire } from '../kernel/wire-errors.js'
import type { PluginHost } from './plugin-host.js'
import type { PluginStore } from './plugin-store.js'
import type { Plugin } from './plugin.js'

/** How many rows each table of a plugin holds: what a purge would lose. */
export async function rowsHeld(
  plugin: Plugin,
  host: PluginHost,
): Promise<{ readonly table: string; readonly rows: number }[]> {
  return host.connection.transaction(async (transaction) => {
    const held: { table: string; rows: number }[] = []
    for (const { name } of plugin.collections) {
      if (!(await tableExists(transaction, name))) continue
      const { rows } = await transaction.run({ text: `SELECT count(*) AS "count" FROM ${quote(name)}`, values: [] })
      held.push({ table: name, rows: Number(rows[0]?.['count']) })
    }
    return held
  }, host.collections.options.everyPart())
}

/** @throws 409 when other tables refer to rows of these */
async function dropTables(transaction: Transaction, plugin: Plugin): Promise<void> {
  const names = plugin.collections.map(({ name }) => name)
  const references = await referencesTo(transaction, names)
  if (references.length > 0) {
    throw wire.CONFLICT({ problem: `The tables of "${plugin.name}" are referred to by ${references.join(', ')}` })
  }
  // Who refers to them from outside was asked for above.
  const isOwn = (table: string): boolean => names.includes(table)
  for (const name of names) if (await tableExists(transaction, name)) await dropTable(transaction, name, isOwn)
}

/** Takes a plugin that is off out of the database: `uninstall`, its tables, its migrations, its row; all or nothing. */
export async function purgePlugin(plugin: Plugin, host: PluginHost, store: PluginStore, by: string): Promise<void> {
  await host.connection.transaction(async (transaction) => {
    await takeLock(transaction, 'plugins')
    const { collections, clock } = host
    const db = createHandle({ executor: transaction, collections, clock, author: null })
    if (plugin.uninstall) await plugin.uninstall({ db, log: host.log.child({ plugin: plugin.name }) })
    await dropTables(transaction, plugin)
    await transaction.run({ text: 'DELETE FROM postern.migrations WHERE owner = $1', values: [plugin.name] })
    await store.remove(plugin.name, transaction)
    await store.record({ plugin: plugin.name, action: 'purge', by, result: 'done', error: null }, transaction)
  }, host.collections.options.everyPart())
}
