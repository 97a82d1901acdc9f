import { defineErrors } from '../kernel/errors.js'
import { Registry } from '../kernel/registry.js'
import type { Disposer, Scope } from '../kernel/scope.js'
import { compileCollection, type CompiledCollection, type PlainCollection } from './collection.js'

const errors = defineErrors('COLLECTION', {
  UNKNOWN: {
    status: 500,
    message: 'There is no collection "{name}"',
    hint: 'List it in `collections` of a plugin that is enabled, or make it with `npx postern collection create`.',
  },
})

/** Every collection, defined in code or at run time, with the plugin that owns it. */
export class CollectionRegistry {
  readonly #registry = new Registry<CompiledCollection>('collection')
  /** Collections of a plugin that is being set up: its own code may use them, nobody else sees them yet. */
  readonly #hidden = new Map<string, CompiledCollection>()

  add(collection: PlainCollection, scope: Scope): Disposer {
    const compiled = compileCollection(collection, this)
    const remove = this.#registry.add(collection.name, compiled, scope)
    return scope.effect(`columns of ${collection.name}`, () => {
      this.#hidden.set(collection.name, compiled)
      return () => {
        if (this.#hidden.get(collection.name) === compiled) this.#hidden.delete(collection.name)
        return remove()
      }
    })
  }

  get(name: string): CompiledCollection | undefined {
    return this.#registry.get(name)
  }

  find(name: string): { readonly value: CompiledCollection; readonly scope: Scope } | undefined {
    return this.#registry.find(name)
  }

  /** The same, and collections of a plugin that is just being set up. */
  lookUp(name: string): CompiledCollection | undefined {
    return this.#registry.get(name) ?? this.#hidden.get(name)
  }

  /** For the server's own code. @throws COLLECTION_UNKNOWN */
  require(name: string): CompiledCollection {
    const collection = this.lookUp(name)
    if (!collection) throw errors.UNKNOWN({ name })
    return collection
  }

  values(): CompiledCollection[] {
    return this.#registry.values()
  }

  names(): string[] {
    return this.#registry.names()
  }

  get revision(): number {
    return this.#registry.revision
  }

  get size(): number {
    return this.#registry.size
  }
}
