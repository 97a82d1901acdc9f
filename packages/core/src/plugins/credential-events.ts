import { LRUCache } from 'lru-cache'
import type { CredentialRefusal } from '../auth/observers.js'
import type { Principal } from '../auth/principal.js'
import type { Collection } from '../database/collection.js'
import { executorOf, type DatabaseHandle } from '../database/handle.js'
import { quote } from '../database/sql.js'
import type { RequestFacts } from '../resources/action.js'
import type { PluginContext } from './plugin-context.js'

type Context = Pick<PluginContext<object, object>, 'auth' | 'clock' | 'db' | 'jobs'>

export interface EventSource {
  /** Of the principals. */
  readonly kind: string
  /** Where events are kept: a collection with `credentialEventFields`. */
  readonly collection: Collection
  /** Its field for the credential's id. */
  readonly idField: string
  /** How many days they are kept. */
  readonly days: number
}

/** Who did it, from where: a call, or undefined for a command. */
export interface EventCause {
  readonly principal: Principal
  readonly request: Pick<RequestFacts, 'id' | 'address'>
}

export interface EventRecords {
  /** Notes what became of credentials, in the transaction of `db`. */
  record(
    event: string,
    credentials: readonly { readonly id: number; readonly ownerId: number | null }[],
    cause: EventCause | undefined,
    db: DatabaseHandle,
  ): Promise<void>
}

interface Entry {
  readonly event: string
  readonly reason: string | null
  readonly byUserId: number | null
  readonly address: string | null
  readonly requestId: string | null
}

/** Milliseconds within which the same refusal is noted once: whoever repeats it must not fill the table. */
const repetition = 60_000
const mostRemembered = 10_000
const orNull = (text: string): string | null => (text === '' ? null : text)

/** Writes events, each for one or several credentials. */
class EventTable {
  readonly #text: string

  constructor({ collection, idField }: EventSource) {
    this.#text = `INSERT INTO ${quote(collection.name)}
        (at, event, reason, "byUserId", address, "requestId", ${quote(idField)}, "ownerId")
      SELECT $1, $2, $3, $4, $5, $6, * FROM unnest($7::bigint[], $8::bigint[])`
  }

  async insert(
    { at, event, reason, byUserId, address, requestId }: Entry & { readonly at: number },
    credentials: readonly { readonly id: unknown; readonly ownerId: number | null }[],
    db: DatabaseHandle,
  ): Promise<void> {
    const ids = credentials.map(({ id }) => id)
    const owners = credentials.map(({ ownerId }) => ownerId)
    const values = [new Date(at).toISOString(), event, reason, byUserId, address, requestId, ids, owners]
    await executorOf(db).run({ text: this.#text, values, prepared: true })
  }
}

/** Refusals are noted by themselves. */
function noteRefusals({ auth, clock, db }: Context, kind: string, table: EventTable): void {
  const noted = new LRUCache<string, true>({ max: mostRemembered, ttl: repetition })
  const refused = async ({ principal, reason, address, requestId }: CredentialRefusal): Promise<void> => {
    const id = principal.credential?.['id']
    const key = `${String(id)} ${reason} ${address}`
    if (noted.has(key)) return
    noted.set(key, true)
    const { userId } = principal
    const entry = { at: clock.now(), event: 'refused', reason, byUserId: userId, address: orNull(address), requestId }
    await table.insert(entry, [{ id, ownerId: userId }], db)
  }
  auth.observe(kind, { refused })
}

/**
 * Keeps a record of what became of credentials of one kind, also when they are gone, for a number of days. Refusals for
 * address or scope are noted by themselves; the rest is what `record` is told.
 *
 * @example
 * const events = recordEvents(ctx, { kind: 'apiKey', collection: apiKeyEvents, idField: 'keyId', days: 365 })
 * await events.record('revoked', [{ id: 7, ownerId: 2 }], call, call.db)
 */
export function recordEvents(context: Context, source: EventSource): EventRecords {
  const { clock, db, jobs } = context
  const table = new EventTable(source)
  noteRefusals(context, source.kind, table)
  const forget = {
    text: `DELETE FROM ${quote(source.collection.name)} WHERE at < now() - $1 * interval '1 day'`,
    values: [source.days],
  }
  jobs.every('1d', () => executorOf(db).run(forget))
  return {
    record: async (event, credentials, cause, handle) => {
      if (credentials.length === 0) return
      await table.insert({ ...entryOf(event, cause), at: clock.now() }, credentials, handle)
    },
  }
}

/** Calls of the server itself have no address, and nobody finds their id in a log. */
function entryOf(event: string, cause: EventCause | undefined): Entry {
  const address = orNull(cause?.request.address ?? '')
  const requestId = cause && address !== null ? cause.request.id : null
  return { event, reason: null, byUserId: cause?.principal.userId ?? null, address, requestId }
}
