import { registrationPlace } from './blame.js'
import { defineErrors } from './errors.js'
import type { Disposer, Scope } from './scope.js'

const errors = defineErrors('REGISTRY', {
  DUPLICATE: {
    status: 409,
    message: '{kind} "{name}" of "{owner}" clashes with the one that "{holder}" already registered',
    hint: 'Rename one of the two, or disable the other plugin first.',
  },
})

interface Entry<T> {
  readonly value: T
  readonly scope: Scope
  /** The line that registered it. */
  readonly registeredAt: string | undefined
}

/** A named set in which every entry knows its owner, is visible only while that owner is active, and can be taken out. */
export class Registry<T> {
  readonly #entries = new Map<string, Entry<T>>()
  /** Grows with every change: what caches derived from this registry are keyed by. */
  revision = 0

  constructor(readonly kind: string) {}

  add(name: string, value: T, scope: Scope): Disposer {
    return scope.effect(`${this.kind} ${name}`, () => {
      const taken = this.#entries.get(name)
      if (taken) {
        throw errors.DUPLICATE({ kind: this.kind, name, owner: scope.owner, holder: taken.scope.owner })
      }
      this.#entries.set(name, { value, scope, registeredAt: registrationPlace() })
      this.revision++
      return () => {
        this.#entries.delete(name)
        this.revision++
      }
    })
  }

  get(name: string): T | undefined {
    const entry = this.#entries.get(name)
    return entry?.scope.active ? entry.value : undefined
  }

  /** The visible entry with the scope that owns it: for counting calls in flight. */
  find(name: string): Entry<T> | undefined {
    const entry = this.#entries.get(name)
    return entry?.scope.active ? entry : undefined
  }

  /** Was `name` registered by this scope, visible or not? */
  isHeldBy(name: string, scope: Scope): boolean {
    return this.#entries.get(name)?.scope === scope
  }

  *entries(): IterableIterator<readonly [string, T, Scope]> {
    for (const [name, { value, scope }] of this.#entries) if (scope.active) yield [name, value, scope]
  }

  values(): T[] {
    return [...this.entries()].map(([, value]) => value)
  }

  names(): string[] {
    return [...this.entries()].map(([name]) => name)
  }

  /** Every value held, visible or not. */
  held(): T[] {
    return [...this.#entries.values()].map(({ value }) => value)
  }

  /** How many entries are held, visible or not: what a leak test compares. */
  get size(): number {
    return this.#entries.size
  }
}
