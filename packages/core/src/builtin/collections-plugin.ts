import { definePlugin } from '../plugins/plugin.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import { collectionActions } from './collection-actions.js'
import { fieldActions } from './field-actions.js'

/** Collections and their fields at run time. */
export const collectionsPlugin = (host: PluginHost) =>
  definePlugin({
    name: 'collections',
    setup: ({ resources }) => {
      resources.define('collections', collectionActions(host))
      resources.define('collections.fields', fieldActions(host))
    },
  })
