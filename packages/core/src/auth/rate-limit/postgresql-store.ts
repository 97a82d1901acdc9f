import { RateLimiterPostgres } from 'rate-limiter-flexible'
import type { Executor } from '../../database/executor.js'
import type { Logger } from '../../kernel/logger.js'
import { counting, SharedStore, type LimitStore } from './limit-store.js'

/** Milliseconds. The request needs the same database afterwards, so that little is gained by not waiting for it here. */
const patience = 10_000

interface Query {
  readonly text: string
  readonly values?: readonly unknown[]
}

/** Counts in the table `postern.rate_limits`, for all nodes together: one statement for each request with a limit. */
export function createPostgresqlStore(executor: Executor, log: Logger): LimitStore {
  const client = {
    query: async ({ text, values = [] }: Query) => {
      const { rows, count } = await executor.run({ text, values, prepared: true })
      return { rows, rowCount: count }
    },
  }
  const limiter = new RateLimiterPostgres({
    ...counting,
    storeClient: client,
    storeType: 'client',
    schemaName: 'postern',
    tableName: 'rate_limits',
    tableCreated: true,
    keyPrefix: '',
  })
  return new SharedStore(limiter, 'PostgreSQL', log, patience)
}
