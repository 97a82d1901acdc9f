import type { Principal } from '../auth/principal.js'
import { strategiesOf, type FoundEntry } from './described-action.js'
import type { Remembered } from './described-resource.js'
import type { PluginHost } from './plugin-host.js'

/** `posts` of `posts.comments`. */
const baseOf = (resource: string): string => resource.split('.', 1)[0] ?? resource

/** Readers of whom it is kept what they were told. */
const mostReaders = 50

/** What one reader was told, as long as nothing has changed. */
export interface Told {
  readonly resources: Map<string, Remembered>
  /** Which credentials take an action. */
  readonly taken: (entry: FoundEntry) => readonly string[]
}

/** Everything that is visible on this node, found anew, resource by resource, once anything has changed. */
export class DescribedEntries {
  #revision = ''
  #resources: ReadonlyMap<string, readonly string[]> = new Map()
  readonly #entries = new Map<string, readonly FoundEntry[]>()
  readonly #readers = new Map<string, Told>()

  constructor(private readonly host: PluginHost) {}

  /** Another text once anything was registered, shown, hidden or granted. */
  revision(): string {
    const { resources, collections, acl, authenticator } = this.host
    return [resources.revision, collections.revision, acl.revision, authenticator.strategies.revision].join('.')
  }

  /** The resources, without those below a record. */
  names(): readonly string[] {
    this.#follow()
    return [...this.#resources.keys()]
  }

  /** The actions of a resource and of what is below its records. */
  of(name: string): readonly FoundEntry[] {
    this.#follow()
    let entries = this.#entries.get(name)
    if (!entries) this.#entries.set(name, (entries = this.#find(name)))
    return entries
  }

  /** What was told to this reader, or to one like him. */
  toldTo(reader: Principal): Told {
    this.#follow()
    const { kind, roles, scopes, readOnly, roleless, attributes } = reader
    const key = JSON.stringify([kind, roles, scopes, readOnly, roleless, attributes])
    const told = this.#readers.get(key) ?? { resources: new Map(), taken: this.#takenFor(reader) }
    this.#readers.delete(key)
    this.#readers.set(key, told)
    const [oldest] = this.#readers.keys()
    if (this.#readers.size > mostReaders && oldest !== undefined) this.#readers.delete(oldest)
    // What plugins know of a reader cannot be compared: it is asked about anew.
    return attributes === undefined ? told : { ...told, taken: this.#takenFor(reader) }
  }

  #takenFor(reader: Principal): Told['taken'] {
    const known = new Map<FoundEntry, readonly string[]>()
    return (entry) => {
      let taken = known.get(entry)
      if (!taken) known.set(entry, (taken = strategiesOf(entry, reader, this.host)))
      return taken
    }
  }

  #find(name: string): readonly FoundEntry[] {
    const { resources, collections } = this.host
    const relations = [...(collections.get(name)?.relations.keys() ?? [])].map((relation) => `${name}.${relation}`)
    const below = relations.filter((address) => resources.relation(address) !== undefined)
    const all = new Set([...(this.#resources.get(name) ?? []), ...below])
    return [...all].sort().flatMap((resource) =>
      resources.actionsOf(resource).flatMap((action): readonly FoundEntry[] => {
        const found = resources.find(resource, action)
        return found ? [{ resource, action, found }] : []
      }),
    )
  }

  #follow(): void {
    const revision = this.revision()
    if (revision === this.#revision) return
    const byBase = new Map<string, string[]>()
    for (const resource of this.host.resources.names()) {
      const base = baseOf(resource)
      byBase.set(base, [...(byBase.get(base) ?? []), resource])
    }
    this.#resources = new Map([...byBase].sort(([a], [b]) => (a < b ? -1 : 1)))
    this.#entries.clear()
    this.#readers.clear()
    this.#revision = revision
  }
}
