import { definePlugin } from '../plugins/plugin.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import type { ResourceContext } from '../resources/context.js'
import { collectionActions } from './collection-actions.js'
import { fieldActions } from './field-actions.js'

/** Collections and their fields at run time. */
export const collectionsPlugin = (host: PluginHost, context: ResourceContext) =>
  definePlugin({
    name: 'collections',
    setup: ({ resources }) => {
      resources.define('collections', collectionActions(host, context))
      resources.define('collections.fields', fieldActions(host, context))
    },
  })
