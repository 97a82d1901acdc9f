import { LRUCache } from 'lru-cache'

export interface CacheOptions {
  /** Entries at most. */
  readonly max: number
  /** Milliseconds that an entry lives; for ever when absent. */
  readonly ttl?: number
}

/** A plugin's cache on this node. `clear` empties it on every node. */
export interface PluginCache<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): void
  delete(key: K): void
  /** Empties the cache on every node; done when it resolves. */
  clear(): Promise<void>
  readonly size: number
}

export interface ClearableCache<K, V> {
  readonly cache: PluginCache<K, V>
  /** Empties the cache on this node. */
  readonly empty: () => void
}

/** @param clearEverywhere tells every node, this one included, to empty its cache */
export function createPluginCache<K extends NonNullable<unknown>, V extends NonNullable<unknown>>(
  { max, ttl }: CacheOptions,
  clearEverywhere: () => Promise<void>,
): ClearableCache<K, V> {
  const entries = new LRUCache<K, V>({ max, ...(ttl === undefined ? {} : { ttl }) })
  const cache: PluginCache<K, V> = {
    get: (key) => entries.get(key),
    set: (key, value) => void entries.set(key, value),
    delete: (key) => void entries.delete(key),
    clear: clearEverywhere,
    get size() {
      return entries.size
    },
  }
  return { cache, empty: () => entries.clear() }
}
