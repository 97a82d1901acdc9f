import { registrationPlace } from './blame.js'
import type { Disposer, Scope } from './scope.js'

export interface OwnedItem<T> {
  readonly value: T
  readonly scope: Scope
  /** The line that registered it. */
  readonly registeredAt: string | undefined
}

/** An ordered list of owned values without names: hooks, listeners, restrictions, middleware. */
export class OwnedList<T> {
  readonly #items = new Set<OwnedItem<T>>()

  constructor(readonly kind: string) {}

  add(value: T, scope: Scope, label = this.kind): Disposer {
    return scope.effect(label, () => {
      const item: OwnedItem<T> = { value, scope, registeredAt: registrationPlace() }
      this.#items.add(item)
      return () => void this.#items.delete(item)
    })
  }

  *active(): IterableIterator<OwnedItem<T>> {
    for (const item of this.#items) if (item.scope.active) yield item
  }

  get isEmpty(): boolean {
    return this.#items.size === 0
  }

  get size(): number {
    return this.#items.size
  }
}
