import type { Disposer, Scope } from './scope.js'

interface Item<T> {
  readonly value: T
  readonly scope: Scope
}

/** An ordered list of owned values without names: hooks, listeners, restrictions, middleware. */
export class OwnedList<T> {
  readonly #items = new Set<Item<T>>()

  constructor(readonly kind: string) {}

  add(value: T, scope: Scope, label = this.kind): Disposer {
    return scope.effect(label, () => {
      const item: Item<T> = { value, scope }
      this.#items.add(item)
      return () => void this.#items.delete(item)
    })
  }

  *active(): IterableIterator<Item<T>> {
    for (const item of this.#items) if (item.scope.active) yield item
  }

  get isEmpty(): boolean {
    return this.#items.size === 0
  }

  get size(): number {
    return this.#items.size
  }
}
