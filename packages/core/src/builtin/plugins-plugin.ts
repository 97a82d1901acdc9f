import { notFound } from '../kernel/wire-errors.js'
import { definePlugin } from '../plugins/plugin.js'
import type { PluginManager } from '../plugins/plugin-manager.js'
import { defineAction, type ActionCall } from '../resources/action.js'

/** Who did it, for the history. */
const by = ({ principal }: ActionCall): string =>
  principal.userId === null ? principal.kind : `user ${principal.userId}`

/** `plugins:*` over HTTP, for those to whom it is granted. */
export const pluginsPlugin = (manager: () => PluginManager) =>
  definePlugin({
    name: 'plugins',
    setup: ({ resources }) => {
      const known = async ({ key = '' }: ActionCall): Promise<string> => {
        if (!(await manager().catalogue.has(key))) throw notFound()
        return key
      }
      resources.define('plugins', {
        list: defineAction({ summary: 'List the plugins and their states', reads: true, run: () => manager().list() }),
        enable: defineAction({
          summary: 'Switch a plugin on, on every node',
          key: true,
          transaction: false,
          run: async (call) => manager().enable(await known(call), by(call)),
        }),
        disable: defineAction({
          summary: 'Switch a plugin off, on every node',
          key: true,
          transaction: false,
          run: async (call) => manager().disable(await known(call), by(call)),
        }),
      })
    },
  })
