import type { Permission } from '../acl/permission.js'
import { anonymous, type Principal } from '../auth/principal.js'
import type { AuthScheme } from '../auth/strategy.js'
import { blame } from '../kernel/blame.js'
import type { OwnedItem } from '../kernel/owned-list.js'
import { describeAction, permissionOf, type DescribedAction, type FoundEntry } from './described-action.js'
import type { DocumentedHeader, ExtendDocument } from './openapi-extension.js'
import type { PluginHost } from './plugin-host.js'

export interface DescribedStrategy {
  readonly name: string
  readonly plugin: string
  readonly scheme: AuthScheme
}

type Members = Parameters<ExtendDocument>[0]

/** What one reader may know of the API. */
export interface ApiDescription {
  /** The same text for everybody for whom the description is the same, and another one once it is another. */
  readonly fingerprint: string
  readonly strategies: readonly DescribedStrategy[]
  /** Plugins add to documents at this moment, and what they add may depend on the reader himself. */
  readonly isExtended: boolean
  /** `X-Role` says something: he calls as somebody who has roles. */
  readonly hasRoles: boolean
  /** Every action that the reader may call. */
  actions(): readonly DescribedAction[]
  /** The document with what plugins add to it, in the order in which they were switched on. */
  complete(document: Members): Members
}

type Permitted = readonly [entry: FoundEntry, permission: Permission, headers: readonly DocumentedHeader[]]

const lists = new WeakMap<ReadonlySet<string>, string>()

/** What a permission changes in a description, as a text. There are few sets of fields, so each is written once. */
function markOf({ fields, values }: Permission): string {
  let list = fields && lists.get(fields)
  if (fields && list === undefined) lists.set(fields, (list = [...fields].sort().join(',')))
  return `${list ?? '*'};${Object.keys(values ?? {}).join(',')}`
}

/** Plugins may have been switched on in another order on another node: the document is the same there. */
const sorted = <T extends readonly [name: string, ...unknown[]]>(entries: Iterable<T>): readonly T[] =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1))

const headersFor = (
  { resource, action }: FoundEntry,
  reader: Principal,
  known: readonly DocumentedHeader[],
): readonly DocumentedHeader[] => known.filter((header) => header.applies(reader, resource, action))

function extended(document: Members, extension: OwnedItem<ExtendDocument>, reader: Principal): Members {
  try {
    return extension.value(document, reader)
  } catch (error) {
    blame(error, extension.scope.owner, extension.registeredAt)
    throw error
  }
}

/** Tells what there is, and for whom, from the registries that answer requests. */
export class ApiDescriber {
  #revision = ''
  #entries: readonly FoundEntry[] = []

  constructor(private readonly host: PluginHost) {}

  describe(reader: Principal): ApiDescription {
    const { host } = this
    const entries = this.#current()
    const known = [...host.documentedHeaders.active()].map(({ value }) => value)
    const caller = known.reduce((made, header) => header.sent?.(made) ?? made, reader)
    const permitted = entries.flatMap((entry): readonly Permitted[] => {
      const permission = permissionOf(entry, caller, host)
      return permission ? [[entry, permission, headersFor(entry, reader, known)]] : []
    })
    const hasRoles = reader.roleless !== true && reader.kind !== anonymous.kind
    const marks = permitted.map(
      ([{ resource, action }, permission, headers]) =>
        `${resource}:${action} ${markOf(permission)}${headers.map(({ name }) => ` ${name}`).join('')}`,
    )
    const extensions = [...host.openapi.active()]
    const strategies = sorted(host.authenticator.strategies.entries())
    return {
      fingerprint: [this.#revision, reader.kind, hasRoles, ...marks].join('\n'),
      hasRoles,
      strategies: strategies.map(([name, { scheme }, { owner }]) => ({ name, plugin: owner, scheme })),
      isExtended: extensions.length > 0,
      complete: (document) => extensions.reduce((made, extension) => extended(made, extension, reader), document),
      actions: () =>
        permitted.map(([entry, permission, headers]) => describeAction(entry, permission, caller, host, headers)),
    }
  }

  /** Everything that is visible on this node, found anew once anything was registered, shown, hidden or granted. */
  #current(): readonly FoundEntry[] {
    const { resources, collections, acl, authenticator } = this.host
    const revisions = [resources.revision, collections.revision, acl.revision, authenticator.strategies.revision]
    const revision = revisions.join('.')
    if (revision === this.#revision) return this.#entries
    const names = new Set([...resources.names(), ...resources.relations()])
    this.#entries = [...names].sort().flatMap((resource) =>
      [...resources.actionsOf(resource)].sort().flatMap((action): readonly FoundEntry[] => {
        const found = resources.find(resource, action)
        return found ? [{ resource, action, found }] : []
      }),
    )
    this.#revision = revision
    return this.#entries
  }
}
