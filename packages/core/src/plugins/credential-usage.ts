import { UsageCounter, type CredentialUsage } from '../auth/credential/usage.js'
import type { Collection } from '../database/collection.js'
import { executorOf, type DatabaseHandle } from '../database/handle.js'
import { quote } from '../database/sql.js'
import type { PluginContext } from './plugin-context.js'

type Context = Pick<PluginContext<object, object>, 'auth' | 'clock' | 'db' | 'jobs' | 'log' | 'onDispose'>

export interface UsageSource {
  /** Of the principals. */
  readonly kind: string
  /** Their rows: a collection with `credentialFields`. */
  readonly collection: Collection
  /** What stands before a row's id in `credentialId`. */
  readonly prefix: string
  /** How many days are kept. */
  readonly days: number
}

export interface UsageRecords {
  /** How one credential was used: what this node counted until now, and what the others have stored. */
  of(id: number, db: DatabaseHandle): Promise<CredentialUsage>
}

const interval = '2s'

/**
 * Counts what credentials of one kind are used for, on every node, in batches of two seconds; when the plugin is switched
 * off or the server stops, the last batch is stored too.
 *
 * @example
 * const usage = trackUsage(ctx, { kind: 'apiKey', collection: apiKeys, prefix: 'apiKey-', days: 90 })
 */
export function trackUsage(context: Context, { kind, collection, prefix, days }: UsageSource): UsageRecords {
  const { auth, clock, db, jobs, log, onDispose } = context
  const counter = new UsageCounter({ executor: executorOf(db), clock, table: collection.name, prefix })
  let isFailing = false
  const flush = async (): Promise<void> => {
    try {
      await counter.flush()
      isFailing = false
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, 'Uses of credentials could not be stored; they are kept for later')
      isFailing = true
    }
  }
  auth.observe(kind, { used: (use) => counter.count(use) })
  jobs.every(interval, flush, { nodes: 'each' })
  jobs.every('1d', () => forgetDays(prefix, days, db))
  onDispose(flush)
  return {
    of: async (id, handle) => {
      await flush()
      return usageOf(id, { prefix, table: collection.name }, handle)
    },
  }
}

const forgetDays = (prefix: string, days: number, db: DatabaseHandle): Promise<unknown> =>
  db.sql`DELETE FROM postern.credential_usage WHERE starts_with(credential, ${prefix}) AND day < current_date - ${days}::int`

async function usageOf(
  id: number,
  { prefix, table }: { readonly prefix: string; readonly table: string },
  db: DatabaseHandle,
): Promise<CredentialUsage> {
  const { rows } = await db.sql`
    SELECT day::text AS date, good, refused, failed FROM postern.credential_usage
    WHERE credential = ${`${prefix}${id}`} ORDER BY day`
  const days = rows.map((row) => {
    const [good, refused, failed] = [Number(row['good']), Number(row['refused']), Number(row['failed'])]
    const byStatus = { '2xx': good, '4xx': refused, '5xx': failed }
    return { date: String(row['date']), requests: good + refused + failed, byStatus }
  })
  const last = await executorOf(db).run({
    text: `SELECT "lastUsedAt", "lastUsedFrom" ->> 'address' AS address, "lastUsedFrom" ->> 'client' AS client
      FROM ${quote(table)} WHERE id = $1`,
    values: [id],
  })
  const { lastUsedAt, address, client } = last.rows[0] ?? {}
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  const from = text(address)
  return {
    lastUsedAt: text(lastUsedAt),
    lastUsedFrom: from === null ? null : { address: from, client: text(client) },
    total: days.reduce((sum, { requests }) => sum + requests, 0),
    days,
  }
}
