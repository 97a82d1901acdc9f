import { collectionsPlugin } from '../builtin/collections-plugin.js'
import { pluginsPlugin } from '../builtin/plugins-plugin.js'
import { rolesPlugin } from '../builtin/roles-plugin.js'
import { signInPlugin } from '../builtin/sign-in-plugin.js'
import { usersPlugin } from '../builtin/users-plugin.js'
import { takeLock } from '../database/advisory-lock.js'
import type { PluginManager } from '../plugins/plugin-manager.js'
import type { Plugin } from '../plugins/plugin.js'
import { PluginStore } from '../plugins/plugin-store.js'
import { migratePlugin, RunningPlugin } from '../plugins/running-plugin.js'
import type { Config } from './config.js'
import type { Parts } from './parts.js'

/** Core's own plugins: always on, written like anybody's. */
export const builtinPlugins = ({ host, context }: Parts, manager: () => PluginManager, config: Config): Plugin[] => [
  usersPlugin(host, context),
  rolesPlugin(host),
  signInPlugin(host, { account: config.LIMIT_FAILED_SIGN_INS, address: config.LIMIT_ADDRESS_FAILED_SIGN_INS }),
  collectionsPlugin(host, context),
  pluginsPlugin(manager),
]

/** @param started what is on so far: also that of a start which fails half-way is to be stopped */
export async function startBuiltins(
  plugins: readonly Plugin[],
  { host }: Parts,
  started: RunningPlugin[],
): Promise<void> {
  const store = new PluginStore(host.connection)
  await host.connection.transaction(async (transaction) => {
    await takeLock(transaction, 'migrations')
    for (const plugin of plugins) {
      const installed = (await store.find(builtinRow(plugin.name), transaction))?.installed === true
      await migratePlugin(plugin, host, transaction, installed)
      if (installed) continue
      const row = {
        name: builtinRow(plugin.name),
        enabled: false,
        installed: true,
        version: plugin.version,
        options: {},
        error: null,
      }
      await store.save(row, transaction)
    }
  })
  for (const plugin of plugins) {
    host.builtins.add(plugin.name)
    const running = await RunningPlugin.setUp(plugin, host, {}, host.connection)
    running.show(host.connection)
    started.push(running)
  }
}

/** Not a name that a discovered plugin can have. */
const builtinRow = (name: string): string => `core/${name}`
