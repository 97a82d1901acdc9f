import type { PartOf } from '../acl/caller-parts.js'
import type { Principal } from '../auth/principal.js'
import type { CompiledCollection } from '../database/collection.js'
import { foreignOptions } from '../database/collection-options.js'
import { withSight, type DatabaseHandle } from '../database/handle.js'
import type { CollectionOption } from '../database/partition.js'
import { nothing } from '../database/sight.js'
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
  /**
   * Brings an option of collections: what it means for those that have it. While the plugin is off they are closed to all
   * but root. `partOf` says for the database in which part a caller's calls take place: without it nobody sees any record.
   */
  option(name: string, meaning: CollectionOption, partOf: PartOf): void
  /** The same database, for code that runs in no call (a job, a route): divided collections as a caller sees them. */
  seenBy(principal: Principal, db: DatabaseHandle): DatabaseHandle
  /** The same database with every record of divided collections: for upkeep that no caller sees anything of. */
  everyPart(db: DatabaseHandle): DatabaseHandle
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
  /** The names of what can be granted on it: its actions, and on a collection to relate its records. */
  grantable(resource: string): readonly string[]
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
    option: (name, meaning, partOf) => {
      host.collections.options.add(name, meaning, scope)
      host.parts.add(name, partOf, scope)
    },
    seenBy: (principal, db) => withSight(db, host.parts.of(principal) ?? nothing),
    everyPart: (db) => withSight(db, host.collections.options.everyPart()),
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
    grantable: (resource) => host.resources.grantable(resource),
    call: (resource, action, call) => host.call(resource, action, call),
  },
})
