import type { CompiledCollection } from './collection.js'
import type { Transaction } from './executor.js'
import { foreignKeysOf } from './foreign-keys.js'
import { resolveRelation, type Collections } from './resolve-relation.js'
import { ensureKeyWall, ensureLinkWalls } from './walls.js'

/** Puts up the walls around a collection that became a divided one: under its links, and its keys from and to others. */
export async function ensureWallsAround(
  transaction: Transaction,
  divided: CompiledCollection,
  all: readonly CompiledCollection[],
  collections: Collections,
): Promise<void> {
  const now = { get: (name: string) => (name === divided.name ? divided : collections.get(name)) }
  for (const { name } of all) {
    const source = now.get(name)
    for (const relation of source?.relations.values() ?? []) {
      const resolved = source && !relation.implied ? resolveRelation(now, source, relation.name) : undefined
      if (!resolved) continue
      await ensureLinkWalls(transaction, resolved)
      for (const key of foreignKeysOf(resolved, relation)) {
        if (key.within) await ensureKeyWall(transaction, { ...key, partition: key.within })
      }
    }
  }
}
