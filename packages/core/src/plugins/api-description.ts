import type { Permission } from '../acl/permission.js'
import type { Principal } from '../auth/principal.js'
import type { AuthScheme } from '../auth/strategy.js'
import { blame } from '../kernel/blame.js'
import type { OwnedItem } from '../kernel/owned-list.js'
import { describeAction, permissionOf, type DescribedAction, type FoundEntry } from './described-action.js'
import type { ExtendDocument } from './openapi-extension.js'
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
  /** Every action that the reader may call. */
  actions(): readonly DescribedAction[]
  /** The document with what plugins add to it, in the order in which they were switched on. */
  complete(document: Members): Members
}

type Permitted = readonly [entry: FoundEntry, permission: Permission]

const lists = new WeakMap<ReadonlySet<string>, string>()

/** What a permission changes in a description, as a text. There are few sets of fields, so each is written once. */
function markOf({ fields, values }: Permission): string {
  let list = fields && lists.get(fields)
  if (fields && list === undefined) lists.set(fields, (list = [...fields].sort().join(',')))
  return `${list ?? '*'};${Object.keys(values ?? {}).join(',')}`
}

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
    const permitted = entries.flatMap((entry): readonly Permitted[] => {
      const permission = permissionOf(entry, reader, host)
      return permission ? [[entry, permission]] : []
    })
    const marks = permitted.map(([{ resource, action }, permission]) => `${resource}:${action} ${markOf(permission)}`)
    const extensions = [...host.openapi.active()]
    const strategies = [...host.authenticator.strategies.entries()]
    return {
      fingerprint: [this.#revision, ...marks].join('\n'),
      strategies: strategies.map(([name, { scheme }, { owner }]) => ({ name, plugin: owner, scheme })),
      isExtended: extensions.length > 0,
      complete: (document) => extensions.reduce((made, extension) => extended(made, extension, reader), document),
      actions: () => permitted.map(([entry, permission]) => describeAction(entry, permission, reader, host)),
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
      resources.actionsOf(resource).flatMap((action): readonly FoundEntry[] => {
        const found = resources.find(resource, action)
        return found ? [{ resource, action, found }] : []
      }),
    )
    this.#revision = revision
    return this.#entries
  }
}
