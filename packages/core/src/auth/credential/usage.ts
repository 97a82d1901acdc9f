import { z } from 'zod'
import type { Executor } from '../../database/executor.js'
import { quote } from '../../database/sql.js'
import type { Clock } from '../../kernel/clock.js'
import type { CredentialUse } from '../observers.js'

/** Answers of 1xx to 3xx, of 4xx, of 5xx. */
type Counts = [good: number, refused: number, failed: number]

interface Pending {
  /** By day since 1970. */
  readonly days: Map<number, Counts>
  at: number
  address: string
  client: string | undefined
}

/** How a credential was used, for the API document. */
export const usageForm = z.object({
  lastUsedAt: z.iso.datetime().nullable(),
  lastUsedFrom: z.object({ address: z.string(), client: z.string().nullable() }).nullable(),
  total: z.int().min(0),
  days: z.array(
    z.object({
      date: z.iso.date(),
      requests: z.int().min(0),
      byStatus: z.object({ '2xx': z.int().min(0), '4xx': z.int().min(0), '5xx': z.int().min(0) }),
    }),
  ),
})

/** The same, as far as it is kept. */
export interface CredentialUsage {
  readonly lastUsedAt: string | null
  readonly lastUsedFrom: { readonly address: string; readonly client: string | null } | null
  readonly total: number
  readonly days: readonly {
    readonly date: string
    readonly requests: number
    readonly byStatus: Readonly<Record<'2xx' | '4xx' | '5xx', number>>
  }[]
}

const longestClient = 200
const mostInOneStatement = 1000

const classOf = (status: number): 0 | 1 | 2 => (status < 400 ? 0 : status < 500 ? 1 : 2)
const millisecondsInDay = 86_400_000
const dateOf = (day: number): string => new Date(day * millisecondsInDay).toISOString().slice(0, 10)
const shortened = (client: string | undefined): string | null =>
  client === undefined ? null : client.replace(/[^ -~]/g, '?').slice(0, longestClient)

interface UsageOptions {
  readonly executor: Executor
  readonly clock: Clock
  /** The table of the credentials, made of `credentialFields`. */
  readonly table: string
  /** What stands before an id in `credentialId`. */
  readonly prefix: string
}

/** Counts requests in memory, and adds them to what is stored when told to: no request waits for a write. */
export class UsageCounter {
  #pending = new Map<string, Pending>()
  #flushing: Promise<void> = Promise.resolve()

  constructor(private readonly options: UsageOptions) {}

  count({ credentialId, status, address, client }: CredentialUse): void {
    const at = this.options.clock.now()
    let pending = this.#pending.get(credentialId)
    if (!pending) this.#pending.set(credentialId, (pending = { days: new Map(), at, address, client }))
    pending.at = at
    pending.address = address
    pending.client = client
    const day = Math.floor(at / millisecondsInDay)
    let counts = pending.days.get(day)
    if (!counts) pending.days.set(day, (counts = [0, 0, 0]))
    counts[classOf(status)]++
  }

  /** Stores what was counted. What cannot be stored is kept for the next time. @throws what the database throws */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => undefined).then(() => this.#flush())
    return this.#flushing
  }

  async #flush(): Promise<void> {
    while (this.#pending.size > 0) {
      // The same order everywhere: two nodes never wait for each other.
      const batch = [...this.#pending].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, mostInOneStatement)
      for (const [id] of batch) this.#pending.delete(id)
      try {
        await this.options.executor.transaction(async ({ run }) => {
          await run(this.#countsStatement(batch))
          await run(this.#lastUseStatement(batch))
        })
      } catch (error) {
        for (const [id, counted] of batch) this.#putBack(id, counted)
        throw error
      }
    }
  }

  /** Beside what was counted meanwhile. */
  #putBack(id: string, counted: Pending): void {
    const newer = this.#pending.get(id)
    if (!newer) return void this.#pending.set(id, counted)
    for (const [day, [good, refused, failed]] of counted.days) {
      const counts = newer.days.get(day) ?? [0, 0, 0]
      newer.days.set(day, [counts[0] + good, counts[1] + refused, counts[2] + failed])
    }
  }

  #countsStatement(batch: readonly (readonly [string, Pending])[]) {
    const rows = batch.flatMap(([id, { days }]) =>
      [...days].map(([day, counts]) => [id, dateOf(day), ...counts] as const),
    )
    return {
      text: `INSERT INTO postern.credential_usage AS usage (credential, day, good, refused, failed)
        SELECT * FROM unnest($1::text[], $2::date[], $3::bigint[], $4::bigint[], $5::bigint[]) ORDER BY 1, 2
        ON CONFLICT (credential, day) DO UPDATE SET good = usage.good + excluded.good,
          refused = usage.refused + excluded.refused, failed = usage.failed + excluded.failed`,
      values: [0, 1, 2, 3, 4].map((place) => rows.map((row) => row[place])),
      prepared: true,
    }
  }

  #lastUseStatement(batch: readonly (readonly [string, Pending])[]) {
    const { table, prefix } = this.options
    return {
      text: `WITH used AS (SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::jsonb[]) AS used (id, at, source)),
          held AS (SELECT id FROM ${quote(table)} WHERE id IN (SELECT id FROM used) ORDER BY id FOR NO KEY UPDATE)
        UPDATE ${quote(table)} AS kept SET "lastUsedAt" = used.at, "lastUsedFrom" = used.source
        FROM used JOIN held ON held.id = used.id
        WHERE kept.id = used.id AND (kept."lastUsedAt" IS NULL OR kept."lastUsedAt" < used.at)`,
      values: [
        batch.map(([id]) => id.slice(prefix.length)),
        batch.map(([, { at }]) => new Date(at).toISOString()),
        batch.map(([, { address, client }]) => JSON.stringify({ address, client: shortened(client) })),
      ],
      prepared: true,
    }
  }
}
