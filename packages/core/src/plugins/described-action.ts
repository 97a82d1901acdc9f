import type { z } from 'zod'
import type { Permission } from '../acl/permission.js'
import { anonymous, type Principal } from '../auth/principal.js'
import type { CompiledCollection } from '../database/collection.js'
import type { Scope } from '../kernel/scope.js'
import { findAssociation } from '../resources/association/association.js'
import { findReading, rightsOf } from '../resources/rights.js'
import { builtinDocument, type ActionDocument } from '../resources/action-document.js'
import { readableFields } from '../resources/readable.js'
import type { FoundAction } from '../resources/resource-registry.js'
import { describeCollection, type DescribedCollection } from './described-collection.js'
import type { DocumentedHeader } from './openapi-extension.js'
import type { PluginHost } from './plugin-host.js'

/** Who brought something: the server itself, a plugin, or whoever made a collection at run time. */
export type Origin = 'core' | 'plugin' | 'runtime'

/** An action as one reader may call it. */
export interface DescribedAction {
  /** `todos`, or `posts.comments` for what is below a record. */
  readonly resource: string
  readonly action: string
  /** The plugin, or part of the server, that brought it. */
  readonly owner: string
  readonly origin: Origin
  readonly summary: string
  readonly description: string | undefined
  /** Answers to GET; otherwise to POST only. */
  readonly reads: boolean
  /** Works on one record, and needs its key. */
  readonly needsKey: boolean
  readonly input: z.ZodType | undefined
  readonly output: z.ZodType | undefined
  readonly document: ActionDocument
  /** The collection whose records it is about. */
  readonly collection: DescribedCollection | undefined
  /** Fields that the reader gets from it; undefined: he may read none, and sees what he wrote. */
  readonly readable: readonly string[] | undefined
  /** Fields that the reader may send. */
  readonly writable: readonly string[]
  /** Relations of which the reader may say in a record where they lead to. */
  readonly relatable: readonly string[]
  /** Fields that are written whatever the reader sends. */
  readonly preset: readonly string[]
  /** May be called without a credential. */
  readonly isPublic: boolean
  /** The strategies whose credentials can call it, where they stand for somebody with the reader's rights. */
  readonly strategies: readonly string[]
  /** What plugins read beside it. */
  readonly headers: readonly DocumentedHeader[]
}

/** An action that is registered and visible. */
export interface FoundEntry {
  readonly resource: string
  readonly action: string
  readonly found: FoundAction
}

export const originOf = ({ owner }: Scope, host: PluginHost): Origin => {
  if (host.builtins.has(owner)) return 'core'
  // What is made at run time belongs to the server's own scope.
  return owner === 'core' ? 'runtime' : 'plugin'
}

/** The collection whose records an action is about. */
export function collectionOf({ resource, found }: FoundEntry, host: PluginHost): CompiledCollection | undefined {
  if (found.kind === 'crud') return found.collection
  if (found.kind === 'association') return found.relation.target
  return host.collections.get(found.action.document?.answer?.records ?? resource)
}

/** What decides which fields come out: reading rights, also where the action writes. */
export function readPermissionOf(
  entry: FoundEntry,
  permission: Permission,
  reader: Principal,
  host: PluginHost,
): Permission | undefined {
  if (entry.found.action.reads === true) return permission
  const name = collectionOf(entry, host)?.name ?? ''
  return findReading(rightsOf(host.acl, host.resources, reader), name)
}

/** What the reader may read and write of a collection with an action. */
function fieldsOf(
  collection: CompiledCollection | undefined,
  { fields, values }: Permission,
  readPermission: Permission | undefined,
  preset: readonly string[],
  given: readonly string[] | undefined,
): Pick<DescribedAction, 'readable' | 'writable' | 'relatable' | 'preset'> {
  if (!collection) return { readable: undefined, writable: [], relatable: [], preset: [] }
  const writable = [...collection.fields.values()].filter(
    ({ name, options }) => options.readOnly !== true && (!fields || fields.has(name)),
  )
  return {
    readable: given ?? (readPermission && readableFields(collection, readPermission)),
    writable: writable.map(({ name }) => name),
    relatable: [...collection.relations.values()]
      .filter(({ name, hidden, implied }) => !hidden && !implied && (!fields || fields.has(name)))
      .map(({ name }) => name),
    preset: [...Object.keys(values ?? {}), ...preset],
  }
}

/** The key that a new record has from the one that it is made below. */
const presetOf = (found: FoundAction): readonly string[] =>
  found.kind === 'association' && ['hasOne', 'hasMany'].includes(found.relation.type) ? [found.relation.there.name] : []

/** Which credentials an action takes: those of whose kind somebody with the reader's rights could call it. */
export function strategiesOf(entry: FoundEntry, reader: Principal, host: PluginHost): readonly string[] {
  const taken = [...host.authenticator.strategies.entries()].flatMap(([name, { kind }]) =>
    kind === undefined || permissionOf(entry, { ...reader, kind }, host) ? [name] : [],
  )
  return taken.sort()
}

/** What the reader may touch with an action; undefined when he may not call it. */
export function permissionOf(
  { resource, action, found }: FoundEntry,
  reader: Principal,
  { acl, resources }: PluginHost,
): Permission | undefined {
  if (found.kind !== 'association') return acl.find(reader, resource, action, found.action.reads === true)
  return findAssociation(rightsOf(acl, resources, reader), found.relation, found.action)?.permission
}

/** Once for each state of what is registered and granted: an entry is found anew after any change. */
const openEntries = new WeakMap<FoundEntry, boolean>()

/** May it be called without a credential? */
export function isPublic(entry: FoundEntry, host: PluginHost): boolean {
  let isOpen = openEntries.get(entry)
  if (isOpen === undefined) openEntries.set(entry, (isOpen = permissionOf(entry, anonymous, host) !== undefined))
  return isOpen
}

function schemasOf(found: FoundAction): Pick<DescribedAction, 'input' | 'output' | 'document' | 'needsKey'> {
  if (found.kind !== 'defined') {
    // Below a record there may be one record only: its list is that record.
    const isOne = found.kind === 'association' && !found.relation.many && found.action.name === 'list'
    const document = builtinDocument(isOne ? 'get' : found.action.name)
    return { input: undefined, output: undefined, document, needsKey: false }
  }
  const { input, output, document = {}, key = false } = found.action
  return { input, output, document, needsKey: key }
}

/** An action, with the fields and rights of its reader. */
export function describeAction(
  entry: FoundEntry,
  permission: Permission,
  reader: Principal,
  host: PluginHost,
  headers: readonly DocumentedHeader[],
): DescribedAction {
  const { resource, action, found } = entry
  const collection = collectionOf(entry, host)
  const reads = found.action.reads === true
  const readPermission = readPermissionOf(entry, permission, reader, host)
  const schemas = schemasOf(found)
  return {
    resource,
    action,
    owner: found.scope.owner,
    origin: originOf(found.scope, host),
    summary: found.action.summary,
    description: found.kind === 'defined' ? found.action.description : undefined,
    reads,
    ...schemas,
    collection: collection && describeCollection(collection),
    ...fieldsOf(collection, permission, readPermission, presetOf(found), schemas.document.answer?.fields),
    isPublic: isPublic(entry, host),
    strategies: strategiesOf(entry, reader, host),
    headers,
  }
}
