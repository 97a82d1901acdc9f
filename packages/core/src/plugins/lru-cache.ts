import { LRUCache } from 'lru-cache'
import type { DatabaseHandle } from '../database/handle.js'

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
  /** Empties the cache on every node: when the transaction of `db` commits, or before it resolves where there is none. */
  clear(db?: DatabaseHandle): Promise<void>
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
  clearEverywhere: (db?: DatabaseHandle) => Promise<void>,
): ClearableCache<K, V> {
  const entries = new LRUCache<K, V>({ max, ...(ttl === undefined ? {} : { ttl }) })
  const cache: PluginCache<K, V> = {
    get: (key) => entries.get(key),
    set: (key, value) => void entries.set(key, value),
    delete: (key) => void entries.delete(key),
    clear: (db) => clearEverywhere(db),
    get size() {
      return entries.size
    },
  }
  return { cache, empty: () => entries.clear() }
}
