import { anonymous, type Principal } from '../auth/principal.js'
import type { AuthScheme } from '../auth/strategy.js'
import { blame } from '../kernel/blame.js'
import type { OwnedItem } from '../kernel/owned-list.js'
import { DescribedEntries, type Told } from './described-entries.js'
import { describeResource, type DescribedResource } from './described-resource.js'
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
  readonly strategies: readonly DescribedStrategy[]
  /** Plugins add to documents at this moment, and what they add may depend on the reader himself. */
  readonly isExtended: boolean
  /** `X-Role` says something: he calls as somebody who has roles. */
  readonly hasRoles: boolean
  /**
   * What the reader may call, by resource, found out one after the other: there may be thousands, so whoever goes through
   * them lets others have a turn in between (`LongWork`).
   */
  resources(): Iterable<DescribedResource>
  /** The same object for readers who are told the same, as long as nothing has changed: what caches are keyed by. */
  readonly told: object
  /** False once anything was registered, shown, hidden or granted since. */
  isCurrent(): boolean
  /** The document with what plugins add to it, in the order in which they were switched on. */
  complete(document: Members): Members
}

/** Plugins may have been switched on in another order on another node: the document is the same there. */
const sorted = <T extends readonly [name: string, ...unknown[]]>(entries: Iterable<T>): readonly T[] =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1))

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
  readonly #entries: DescribedEntries

  constructor(private readonly host: PluginHost) {
    this.#entries = new DescribedEntries(host)
  }

  describe(reader: Principal): ApiDescription {
    const { host } = this
    const found = this.#entries
    const revision = found.revision()
    const headers = [...host.documentedHeaders.active()]
    const caller = headers.reduce((made, { value }) => value.sent?.(made) ?? made, reader)
    const told = found.toldTo(caller)
    const extensions = [...host.openapi.active()]
    const strategies = sorted(host.authenticator.strategies.entries())
    return {
      hasRoles: reader.roleless !== true && reader.kind !== anonymous.kind,
      strategies: strategies.map(([name, { scheme }, { owner }]) => ({ name, plugin: owner, scheme })),
      isExtended: extensions.length > 0,
      told: told.resources,
      resources: () => this.#resources(reader, caller, told),
      isCurrent: () => found.revision() === revision,
      complete: (document) => extensions.reduce((made, extension) => extended(made, extension, reader), document),
    }
  }

  *#resources(reader: Principal, caller: Principal, told: Told): Iterable<DescribedResource> {
    const { host } = this
    const headers = [...host.documentedHeaders.active()].map(({ value }) => value)
    const readers = { host, reader, caller, headers, told }
    for (const name of this.#entries.names()) {
      const resource = describeResource(name, this.#entries.of(name), readers)
      if (resource) yield resource
    }
  }
}
