import { defineErrors } from '../kernel/errors.js'
import { Registry } from '../kernel/registry.js'
import type { Disposer, Scope } from '../kernel/scope.js'
import { compileCollection, type CompiledCollection, type PlainCollection } from './collection.js'
import { foreignOptions, OptionRegistry } from './collection-options.js'

const errors = defineErrors('COLLECTION', {
  UNKNOWN: {
    status: 500,
    message: 'There is no collection "{name}"',
    hint: 'List it in `collections` of a plugin that is enabled, or make it with `npx postern collection create`.',
  },
})

/** The owner of collections that were made at run time. */
export const runtimeOwner = 'core'

/** A collection as it was defined, and compiled for what its options mean now. */
class Held {
  #compiled: CompiledCollection | undefined
  readonly #isPlain: boolean

  constructor(
    private readonly plain: PlainCollection,
    private readonly registry: CollectionRegistry,
  ) {
    this.#isPlain = foreignOptions(plain.options).length === 0
    registry.options.note(plain.options)
    this.#compiled = this.current()
  }

  current(): CompiledCollection {
    if (this.#compiled && this.#isPlain) return this.#compiled
    const settled = this.registry.options.settle(this.plain)
    const isSame = this.#compiled?.options.partition === settled.options.partition
    return this.#compiled && isSame ? this.#compiled : (this.#compiled = compileCollection(settled, this.registry))
  }
}

/** Every collection, defined in code or at run time, with the plugin that owns it. */
export class CollectionRegistry {
  /** What options of plugins mean. */
  readonly options = new OptionRegistry()
  readonly #registry = new Registry<Held>('collection')
  /** Collections of a plugin that is being set up: its own code may use them, nobody else sees them yet. */
  readonly #hidden = new Map<string, Held>()

  add(collection: PlainCollection, scope: Scope): Disposer {
    const held = new Held(collection, this)
    const remove = this.#registry.add(collection.name, held, scope)
    return scope.effect(`columns of ${collection.name}`, () => {
      this.#hidden.set(collection.name, held)
      return () => {
        if (this.#hidden.get(collection.name) === held) this.#hidden.delete(collection.name)
        return remove()
      }
    })
  }

  get(name: string): CompiledCollection | undefined {
    return this.#registry.get(name)?.current()
  }

  find(name: string): { readonly value: CompiledCollection; readonly scope: Scope } | undefined {
    const found = this.#registry.find(name)
    return found && { value: found.value.current(), scope: found.scope }
  }

  /** The same, and collections of a plugin that is just being set up. */
  lookUp(name: string): CompiledCollection | undefined {
    return (this.#registry.get(name) ?? this.#hidden.get(name))?.current()
  }

  /** For the server's own code. @throws COLLECTION_UNKNOWN */
  require(name: string): CompiledCollection {
    const collection = this.lookUp(name)
    if (!collection) throw errors.UNKNOWN({ name })
    return collection
  }

  /** Was it made at run time? Such collections belong to the core, and none in code does. */
  isRuntime(name: string): boolean {
    return this.find(name)?.scope.owner === runtimeOwner
  }

  /** Has it an option of a plugin that is off? Then nobody knows who may see what of it: only root may. */
  isClosed(name: string): boolean {
    const collection = this.get(name)
    return collection !== undefined && this.options.unknownOf(collection.options) !== undefined
  }

  values(): CompiledCollection[] {
    return this.#registry.values().map((held) => held.current())
  }

  names(): string[] {
    return this.#registry.names()
  }

  get revision(): number {
    return this.#registry.revision
  }

  get size(): number {
    return this.#registry.size + this.options.size
  }
}
