import type { Clock } from '../kernel/clock.js'
import type { CollectionRegistry } from './collection-registry.js'
import type { Collection } from './collection.js'
import type { Executor, Result } from './executor.js'
import { CollectionRepository, type Repository } from './repository.js'
import { sql } from './sql.js'

/** The database as plugins and actions see it: typed repositories, transactions, and SQL with parameters only. */
export interface DatabaseHandle {
  readonly repository: <C extends Collection>(collection: C) => Repository<C>
  /** All or nothing; work that is already in a transaction joins it. */
  readonly transaction: <T>(work: (db: DatabaseHandle) => Promise<T>) => Promise<T>
  /** Runs one statement; every `${value}` is sent as a parameter. */
  readonly sql: (texts: TemplateStringsArray, ...values: readonly unknown[]) => Promise<Result>
}

export interface HandleOptions {
  readonly executor: Executor
  readonly collections: CollectionRegistry
  readonly clock: Clock
  /** The user in whose name rows are written. */
  readonly author: number | null
}

const executors = new WeakMap<DatabaseHandle, Executor>()

/** Where a handle's statements run. */
export function executorOf(handle: DatabaseHandle): Executor {
  const executor = executors.get(handle)
  if (!executor) throw new Error('the handle was made by createHandle')
  return executor
}

export function createHandle(options: HandleOptions): DatabaseHandle {
  const handle = handleOf(options)
  executors.set(handle, options.executor)
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
})
