import { takeLock } from '../database/advisory-lock.js'
import { createHandle } from '../database/handle.js'
import { quote } from '../database/sql.js'
import { dropTable, tableExists } from '../database/table.js'
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
  })
}

/** Takes a plugin that is off out of the database: `uninstall`, its tables, its migrations, its row; all or nothing. */
export async function purgePlugin(plugin: Plugin, host: PluginHost, store: PluginStore, by: string): Promise<void> {
  await host.connection.transaction(async (transaction) => {
    await takeLock(transaction, 'plugins')
    const { collections, clock } = host
    const db = createHandle({ executor: transaction, collections, clock, author: null })
    if (plugin.uninstall) await plugin.uninstall({ db, log: host.log.child({ plugin: plugin.name }) })
    for (const { name } of plugin.collections)
      if (await tableExists(transaction, name)) await dropTable(transaction, name)
    await transaction.run({ text: 'DELETE FROM postern.migrations WHERE owner = $1', values: [plugin.name] })
    await store.remove(plugin.name, transaction)
    await store.record({ plugin: plugin.name, action: 'purge', by, result: 'done', error: null }, transaction)
  })
}
