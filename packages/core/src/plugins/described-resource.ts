import { createHash } from 'node:crypto'
import type { Permission } from '../acl/permission.js'
import type { Principal } from '../auth/principal.js'
import type { CompiledCollection } from '../database/collection.js'
import {
  collectionOf,
  describeAction,
  isPublic,
  originOf,
  permissionOf,
  readPermissionOf,
  type DescribedAction,
  type FoundEntry,
  type Origin,
} from './described-action.js'
import { describeCollection, type DescribedCollection } from './described-collection.js'
import type { Told } from './described-entries.js'
import type { DocumentedHeader } from './openapi-extension.js'
import type { PluginHost } from './plugin-host.js'

/** What one owner brought to a resource, as one reader may call it. */
export interface DescribedGroup {
  readonly origin: Origin
  readonly owner: string
  /** The same text as long as the reader sees the same of it; another one for whoever sees something else. */
  readonly fingerprint: string
  /** The collections whose records its actions are about. */
  readonly collections: readonly DescribedCollection[]
  readonly headers: readonly DocumentedHeader[]
  actions(): readonly DescribedAction[]
}

/** A resource and what is below its records, as one reader may call it. */
export interface DescribedResource {
  readonly name: string
  /** May the reader list its records? Then relations lead him there. */
  readonly isListed: boolean
  /** The collection of this name, where the reader may call any of its actions. */
  readonly collection: DescribedCollection | undefined
  readonly groups: readonly DescribedGroup[]
}

export interface Readers {
  readonly host: PluginHost
  readonly reader: Principal
  /** The reader with what headers add to him. */
  readonly caller: Principal
  readonly headers: readonly DocumentedHeader[]
  readonly told: Told
}

/** An action that the reader may call, and everything that its description is made of. */
interface Permitted {
  readonly entry: FoundEntry
  readonly permission: Permission
  /** What decides which fields come out. */
  readonly read: Permission | undefined
  readonly headers: readonly DocumentedHeader[]
  readonly taken: readonly string[]
}

/** A resource as a reader was told of it, and why. */
export interface Remembered {
  readonly permitted: readonly Permitted[]
  readonly described: DescribedResource
}

const ids = new WeakMap<object, number>()
let last = 0

/** Tells things apart that have no name: whatever is changed is made anew. */
function idOf(thing: object): number {
  let id = ids.get(thing)
  if (id === undefined) ids.set(thing, (id = ++last))
  return id
}

const lists = new WeakMap<ReadonlySet<string>, string>()

/** What a permission changes in a description, as a text. There are few sets of fields, so each is written once. */
function markOf(permission: Permission | undefined): string {
  if (!permission) return '-'
  const { fields, values } = permission
  let list = fields && lists.get(fields)
  if (fields && list === undefined) lists.set(fields, (list = [...fields].sort().join(',')))
  return `${list ?? '*'};${Object.keys(values ?? {}).join(',')}`
}

/** Everything that the description of an action is made of, as a text. */
function marksOf({ entry, permission, read, headers, taken }: Permitted, host: PluginHost): string {
  const { resource, action, found } = entry
  const collection = collectionOf(entry, host)
  return [
    ...[`${resource}:${action}`, idOf(found.action), isPublic(entry, host), taken.join(',')],
    ...[found.kind === 'association' ? idOf(found.relation.source) : 0, collection ? idOf(collection) : 0],
    ...[markOf(permission), markOf(read), ...headers.map(idOf)],
  ].join(' ')
}

const none: readonly DocumentedHeader[] = []

function permittedOf(entries: readonly FoundEntry[], readers: Readers): readonly Permitted[] {
  const { host, reader, caller, headers, told } = readers
  const permitted: Permitted[] = []
  for (const entry of entries) {
    const permission = permissionOf(entry, caller, host)
    if (!permission) continue
    const { resource, action } = entry
    const own = headers.length === 0 ? none : headers.filter((one) => one.applies(reader, resource, action))
    const read = readPermissionOf(entry, permission, caller, host)
    permitted.push({ entry, permission, read, headers: own, taken: told.taken(entry) })
  }
  return permitted
}

const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a === b || (a.length === b.length && a.every((one, index) => one === b[index]))
const sameRight = (a: Permission | undefined, b: Permission | undefined): boolean => a === b || markOf(a) === markOf(b)

/** Would the reader be told the same? */
const isSame = (a: Permitted, b: Permitted | undefined): boolean =>
  b !== undefined &&
  a.entry === b.entry &&
  sameRight(a.permission, b.permission) &&
  sameRight(a.read, b.read) &&
  sameList(a.headers, b.headers) &&
  sameList(a.taken, b.taken)

const isCollection = (collection: CompiledCollection | undefined): collection is CompiledCollection =>
  collection !== undefined

function groupOf(permitted: readonly Permitted[], { host, caller }: Readers, owned: Owned): DescribedGroup {
  const { origin, owner } = owned
  const marks = permitted.map((one) => marksOf(one, host)).join('\n')
  const collections = new Set(permitted.map(({ entry }) => collectionOf(entry, host)).filter(isCollection))
  return {
    origin,
    owner,
    fingerprint: createHash('sha256').update(`${origin} ${owner}\n${marks}`).digest('base64url').slice(0, 27),
    collections: [...collections].map(describeCollection),
    headers: [...new Set(permitted.flatMap(({ headers }) => headers))],
    actions: () =>
      permitted.map(({ entry, permission, headers }) => describeAction(entry, permission, caller, host, headers)),
  }
}

interface Owned {
  readonly origin: Origin
  readonly owner: string
}

function groupsOf(permitted: readonly Permitted[], readers: Readers): readonly DescribedGroup[] {
  const byOwner = new Map<string, { readonly owned: Owned; readonly own: Permitted[] }>()
  for (const one of permitted) {
    const { scope } = one.entry.found
    const owned = { origin: originOf(scope, readers.host), owner: scope.owner }
    const key = `${owned.origin} ${owned.owner}`
    const group = byOwner.get(key) ?? { owned, own: [] }
    group.own.push(one)
    byOwner.set(key, group)
  }
  return [...byOwner].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { owned, own }]) => groupOf(own, readers, owned))
}

/** What was told before is told again, the same object, as long as it is the same. @returns undefined where the reader may call nothing of it */
export function describeResource(
  name: string,
  entries: readonly FoundEntry[],
  readers: Readers,
): DescribedResource | undefined {
  const permitted = permittedOf(entries, readers)
  if (permitted.length === 0) return undefined
  const { resources } = readers.told
  const before = resources.get(name)
  if (before?.permitted.length === permitted.length) {
    if (permitted.every((one, index) => isSame(one, before.permitted[index]))) return before.described
  }
  const groups = groupsOf(permitted, readers)
  const described: DescribedResource = {
    name,
    isListed: permitted.some(({ entry }) => entry.resource === name && entry.action === 'list'),
    collection: groups.flatMap(({ collections }) => collections).find((one) => one.name === name),
    groups,
  }
  resources.set(name, { permitted, described })
  return described
}
