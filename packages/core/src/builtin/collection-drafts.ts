import { compileCollection, type CompiledCollection } from '../database/collection.js'
import type { CollectionRegistry } from '../database/collection-registry.js'
import type { Transaction } from '../database/executor.js'
import type { Collections } from '../database/resolve-relation.js'
import {
  plainCollection,
  readCollections,
  saveCollection,
  type CollectionRecord,
} from '../database/runtime-collections.js'
import { dropCollectionGrants, dropFieldGrants } from './grant-upkeep.js'

type Definition = CollectionRecord['definition']

/**
 * All collections as the transaction that changes some of them sees them. Those made at run time come from the database:
 * the registry of this node may not have heard yet of the change before.
 */
export class CollectionDrafts implements Collections {
  readonly #definitions = new Map<string, Definition>()
  readonly #compiled = new Map<string, CompiledCollection>()

  private constructor(
    readonly transaction: Transaction,
    private readonly registry: CollectionRegistry,
    private readonly author: number | null,
  ) {}

  static async open(
    transaction: Transaction,
    registry: CollectionRegistry,
    author: number | null,
  ): Promise<CollectionDrafts> {
    const drafts = new CollectionDrafts(transaction, registry, author)
    for (const { name, definition } of await readCollections(transaction)) drafts.#definitions.set(name, definition)
    return drafts
  }

  /** The definition of a collection that was made at run time. */
  definition(name: string): Definition | undefined {
    return this.#definitions.get(name)
  }

  get(name: string): CompiledCollection | undefined {
    const definition = this.#definitions.get(name)
    if (!definition) {
      const coded = this.registry.get(name)
      // What was just dropped is not taken for one in code.
      return coded && !this.#compiled.has(name) ? coded : undefined
    }
    let compiled = this.#compiled.get(name)
    if (!compiled) this.#compiled.set(name, (compiled = compileCollection(plainCollection({ name, definition }))))
    return compiled
  }

  /** Every collection, those in code included. */
  all(): CompiledCollection[] {
    const names = new Set([...this.#definitions.keys(), ...this.registry.names()])
    return [...names].flatMap((name) => this.get(name) ?? [])
  }

  async save(name: string, definition: Definition): Promise<void> {
    const before = this.get(name)
    this.#definitions.set(name, definition)
    this.#compiled.delete(name)
    await dropFieldGrants(this.transaction, before, this.get(name))
    await saveCollection(this.transaction, name, definition, this.author)
  }

  async remove(name: string): Promise<void> {
    this.get(name)
    this.#definitions.delete(name)
    await dropCollectionGrants(this.transaction, name)
    await this.transaction.run({ text: 'DELETE FROM postern.collections WHERE name = $1', values: [name] })
  }
}
