import type { CompiledCollection } from '../database/collection.js'
import { foreignOptions } from '../database/collection-options.js'
import type { CollectionOption } from '../database/partition.js'
import type { Scope } from '../kernel/scope.js'
import type { Actions, Reply } from '../resources/action.js'
import type { PluginHost, ResourceCall } from './plugin-host.js'

export interface CollectionField {
  readonly name: string
  /** As in definitions: `string`, `bigInt`, … */
  readonly type: string
  /** Set by the server. */
  readonly readOnly: boolean
}

/** What a plugin may do with collections as such. */
export interface CollectionsPart {
  /** Brings an option of collections: what it means for those that have it. While the plugin is off they are closed to all but root. */
  option(name: string, meaning: CollectionOption): void
  /** Has a collection this option? */
  has(collection: string, option: string): boolean
  /** The fields of a collection that may leave the server; none when there is no such collection. */
  fieldsOf(collection: string): readonly CollectionField[]
  /** The names of the collections that have it. */
  withOption(option: string): readonly string[]
}

/** What a plugin may do with resources. */
export interface ResourcesPart {
  /** Adds actions to a resource of its own or to an existing one; the name may be a collection's. */
  define<A extends Actions>(resource: string, actions: A): A
  /** The names of a resource's actions; none when there is no such resource. */
  actionsOf(resource: string): readonly string[]
  /** Runs an action as the API would, for routes and actions of a plugin's own. @throws what the API would answer */
  call(resource: string, action: string, call: ResourceCall): Promise<Reply>
}

const hasOption = (collection: CompiledCollection | undefined, option: string): boolean =>
  collection !== undefined && foreignOptions(collection.options).includes(option)

const visibleFields = (collection: CompiledCollection | undefined): CollectionField[] =>
  (collection?.visible ?? []).flatMap((name) => {
    const field = collection?.fields.get(name)
    return field ? [{ name, type: field.kind.kind, readOnly: field.options.readOnly === true }] : []
  })

interface DataPart {
  readonly collections: CollectionsPart
  readonly resources: ResourcesPart
}

export const dataPart = (host: PluginHost, scope: Scope, services: Readonly<Record<string, unknown>>): DataPart => ({
  collections: {
    option: (name, meaning) => void host.collections.options.add(name, meaning, scope),
    has: (name, option) => hasOption(host.collections.get(name), option),
    fieldsOf: (name) => visibleFields(host.collections.get(name)),
    withOption: (option) =>
      host.collections.values().flatMap((collection) => (hasOption(collection, option) ? [collection.name] : [])),
  },
  resources: {
    define: (resource, actions) => {
      host.resources.define(resource, actions, scope, services)
      return actions
    },
    actionsOf: (resource) => host.resources.actionsOf(resource),
    call: (resource, action, call) => host.call(resource, action, call),
  },
})
