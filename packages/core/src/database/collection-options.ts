import { defineErrors } from '../kernel/errors.js'
import { Registry } from '../kernel/registry.js'
import type { Disposer, Scope } from '../kernel/scope.js'
import type { CollectionOptions, PlainCollection } from './collection.js'
import type { CollectionOption, Partition } from './partition.js'
import { isSettingName, settingName, settingOf, type Sight } from './sight.js'

const errors = defineErrors('COLLECTION_OPTION', {
  UNKNOWN: {
    status: 409,
    message: 'The collection "{name}" has the option "{option}", which no enabled plugin knows',
    hint: 'Enable the plugin that brings the option first.',
  },
})

/** Options that core knows. */
const ownOptions: ReadonlySet<string> = new Set([
  ...['title', 'description', 'hidden', 'internal', 'sortable', 'simplePaginate', 'timestamps', 'createdBy'],
  ...['updatedBy', 'targetKey', 'index', 'partition'],
])

const known = new WeakMap<object, readonly string[]>()

/** The names of options that are set and that core does not know. */
export function foreignOptions(options: CollectionOptions): readonly string[] {
  let names = known.get(options)
  if (!names) {
    const entries: [string, unknown][] = Object.entries(options)
    names = entries.filter(([name, value]) => !ownOptions.has(name) && value === true).map(([name]) => name)
    known.set(options, names)
  }
  return names
}

/** Options of collections that plugins bring. */
export class OptionRegistry {
  readonly #registry = new Registry<Partition>('collection option')
  /** What options meant when their plugins were last on: their fields stay. */
  readonly #remembered = new Map<string, Partition>()
  /** Options that collections have, and options of plugins, since the server started. */
  readonly #names = new Set<string>()

  add(name: string, { partition }: CollectionOption, scope: Scope): Disposer {
    settingName(name)
    this.#names.add(name)
    const meaning = { ...partition, by: name }
    const before = this.#remembered.get(name)
    // The same object as long as it says the same: what was compiled for it stays.
    const isSame = before?.field === meaning.field && before.of === meaning.of
    if (!isSame) this.#remembered.set(name, meaning)
    return this.#registry.add(name, isSame ? before : meaning, scope)
  }

  get(name: string): Partition | undefined {
    return this.#registry.get(name)
  }

  /** Those that plugins bring now. */
  entries(): [name: string, meaning: Partition][] {
    return [...this.#registry.entries()].map(([name, meaning]) => [name, meaning])
  }

  /** A collection has these options, whether or not a plugin knows them now. */
  note(options: CollectionOptions): void {
    for (const name of foreignOptions(options)) if (isSettingName(name)) this.#names.add(name)
  }

  get isUnused(): boolean {
    return this.#names.size === 0
  }

  /** Every part of everything: for what the server does with collections as such. */
  everyPart(): Sight {
    return [...this.#names].map((name) => settingOf(name, 'every'))
  }

  /** Every part of collections whose plugin is off. */
  everyClosedPart(): Sight {
    return [...this.#names].filter((name) => !this.#registry.get(name)).map((name) => settingOf(name, 'every'))
  }

  /** The first option that no plugin knows now. */
  unknownOf(options: CollectionOptions): string | undefined {
    return foreignOptions(options).find((name) => this.#registry.get(name) === undefined)
  }

  /** @throws COLLECTION_OPTION_UNKNOWN */
  requireKnown({ name, options }: PlainCollection): void {
    const option = this.unknownOf(options)
    if (option !== undefined) throw errors.UNKNOWN({ name, option })
  }

  /** With what its options mean, as far as that is known. */
  settle(collection: PlainCollection): PlainCollection {
    const { options } = collection
    if (options.partition) return collection
    const [partition] = foreignOptions(options).flatMap((name) => this.#remembered.get(name) ?? [])
    return partition ? { ...collection, options: { ...options, partition } } : collection
  }

  get size(): number {
    return this.#registry.size
  }
}
