import { RateLimiterRedis } from 'rate-limiter-flexible'
import type { Logger } from '../../kernel/logger.js'
import { counting, inTime, SharedStore, type LimitStore } from './limit-store.js'

/** Milliseconds. */
const connectTimeout = 2000
const patience = 2000
const disconnectTimeout = 100
const longestRetry = 2000

export interface OpenStore {
  readonly store: LimitStore
  close(): Promise<void>
}

/**
 * Counts in Redis, for all nodes together. A Redis that is away is tried again for as long as it takes; the server does
 * without it meanwhile.
 *
 * @param prefix tells the counts of several servers on one Redis apart
 */
export async function openRedisStore(url: string, prefix: string, log: Logger): Promise<OpenStore> {
  // Loaded only where it is used: most servers have no Redis.
  const { Redis } = await import('ioredis')
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout,
    disconnectTimeout,
    // One that takes connections and says nothing is away, too.
    commandTimeout: patience,
    // A request that cannot be counted is served at once; it must not wait in a queue.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, longestRetry),
  })
  client.on('error', (error: unknown) => log.debug({ err: error }, 'Redis'))
  const limiter = new RateLimiterRedis({
    ...counting,
    storeClient: client,
    keyPrefix: prefix,
    rejectIfRedisNotReady: true,
  })
  await inTime(client.connect(), connectTimeout).catch((error: unknown) =>
    log.debug({ err: error }, 'Redis is not there yet'),
  )
  return {
    store: new SharedStore(limiter, 'Redis (REDIS_URL)', log, patience),
    // What is on its way was counted or was not: nothing waits for it any more.
    close: () => Promise.resolve(client.disconnect()),
  }
}
