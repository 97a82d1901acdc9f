import { notFound } from '../kernel/wire-errors.js'
import { definePlugin } from '../plugins/plugin.js'
import type { PluginManager } from '../plugins/plugin-manager.js'
import { defineAction, type ActionCall } from '../resources/action.js'
import { pluginForm, toggleForm } from './documented-forms.js'

const togglingErrors = ['PLUGIN_UNKNOWN', 'PLUGIN_NEEDED', 'PLUGIN_SETUP_FAILED', 'LOCK_BUSY']

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
        list: defineAction({
          summary: 'List the plugins and their states',
          reads: true,
          document: { answer: { form: 'records', of: pluginForm } },
          run: () => manager().list(),
        }),
        enable: defineAction({
          summary: 'Switch a plugin on, on every node',
          document: { answer: { form: 'record', of: toggleForm }, errors: togglingErrors },
          key: true,
          transaction: false,
          run: async (call) => manager().enable(await known(call), by(call)),
        }),
        disable: defineAction({
          summary: 'Switch a plugin off, on every node',
          document: { answer: { form: 'record', of: toggleForm }, errors: togglingErrors },
          key: true,
          transaction: false,
          run: async (call) => manager().disable(await known(call), by(call)),
        }),
      })
    },
  })
