import type { Clock } from '../kernel/clock.js'
import type { CollectionRegistry } from './collection-registry.js'
import type { Collection } from './collection.js'
import type { Executor, Result } from './executor.js'
import { CollectionRepository, type Repository } from './repository.js'
import { seeing } from './seeing.js'
import type { Sight } from './sight.js'
import { sql } from './sql.js'

/** The database as plugins and actions see it: typed repositories, transactions, and SQL with parameters only. */
export interface DatabaseHandle {
  readonly repository: <C extends Collection>(collection: C) => Repository<C>
  /** All or nothing; work that is already in a transaction joins it. */
  readonly transaction: <T>(work: (db: DatabaseHandle) => Promise<T>) => Promise<T>
  /** Runs one statement; every `${value}` is sent as a parameter. */
  readonly sql: (texts: TemplateStringsArray, ...values: readonly unknown[]) => Promise<Result>
  /**
   * The same for reading a few rows through unique indexes: it shares a connection with others that are on their way, and
   * is kept prepared. Anything longer would hold those up.
   */
  readonly lookup: (texts: TemplateStringsArray, ...values: readonly unknown[]) => Promise<Result>
}

export interface HandleOptions {
  readonly executor: Executor
  readonly collections: CollectionRegistry
  readonly clock: Clock
  /** The user in whose name rows are written. */
  readonly author: number | null
}

const places = new WeakMap<DatabaseHandle, HandleOptions>()

/** What a handle was made of. */
export function placeOf(handle: DatabaseHandle): HandleOptions {
  const place = places.get(handle)
  if (!place) throw new Error('the handle was made by createHandle')
  return place
}

/** The same database, seen otherwise. */
export function withSight(handle: DatabaseHandle, sight: Sight): DatabaseHandle {
  const place = placeOf(handle)
  return createHandle({ ...place, executor: seeing(place.executor, sight) })
}

/** Where a handle's statements run. */
export const executorOf = (handle: DatabaseHandle): Executor => placeOf(handle).executor

export function createHandle(options: HandleOptions): DatabaseHandle {
  const handle = handleOf(options)
  places.set(handle, options)
  return handle
}

const handleOf = (options: HandleOptions): DatabaseHandle => ({
  repository: (collection) =>
    new CollectionRepository({
      collection: options.collections.require(collection.name),
      executor: options.executor,
      clock: options.clock,
      author: options.author,
    }),
  transaction: (work) => options.executor.transaction((executor) => work(createHandle({ ...options, executor }))),
  sql: (texts, ...values) => options.executor.run(sql(texts, ...values)),
  lookup: (texts, ...values) => options.executor.run({ ...sql(texts, ...values), quick: true, prepared: true }),
})
