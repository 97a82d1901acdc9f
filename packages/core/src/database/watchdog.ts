import pg from 'pg'

interface Quiet {
  bytes: number
  since: number
}

/** What the watchdog learns from a fresh connection; undefined: the database cannot be reached. */
type Backends = ReadonlyMap<number, Backend> | undefined

interface Backend {
  readonly isAtWork: boolean
  /** Milliseconds since it last began or ended something. */
  readonly sinceChange: number
}

/** Milliseconds. */
const interval = 500
/** A connection that owes an answer and sends nothing for so long is looked into. */
const suspicious = 2000
/** A fresh connection must be made and answer within this. */
const probeTimeout = 1500
/** One that was found at work is left alone for so long. */
const reprieve = 5000

const longestGoodbye = 1000

const now = (): number => performance.now()

function bytesReadBy({ connection: { stream } }: pg.Client): number {
  return 'bytesRead' in stream && typeof stream.bytesRead === 'number' ? stream.bytesRead : 0
}

/** Ends a connection without a word to the other side, which may no longer be there to hear it. */
export function cut(client: pg.Client, reason?: Error): void {
  client.connection.stream.destroy(reason)
}

/** Ends a connection of the pool. Done when the pool knows that it has ended. */
export async function abandon(client: pg.Client): Promise<void> {
  const { stream } = client.connection
  const closed = stream.closed ? undefined : new Promise((resolve) => stream.once('close', resolve))
  cut(client)
  await closed
  await new Promise((resolve) => setImmediate(resolve))
}

/** Ends a connection as it should be ended, or without its consent when the other side does not take part. */
export async function leave(client: pg.Client): Promise<void> {
  const timer = setTimeout(cut, longestGoodbye, client)
  await client.end().catch(() => undefined)
  clearTimeout(timer)
}

/** A connection that a watchdog looks after. */
export class WatchedClient extends pg.Client {
  /** Of pg: false while an answer is owed, undefined before the connection stands. */
  declare readonly readyForQuery?: boolean
  /** Of pg: the server's process. */
  declare readonly processID: number | null
  /** Of pg: what PostgreSQL wants to hear before it cancels a statement. */
  declare readonly secretKey?: number | null

  get owesAnswer(): boolean {
    return this.readyForQuery === false
  }
}

/**
 * Ends connections on which no answer will ever come: a network that swallows packets instead of refusing them would
 * otherwise keep requests waiting for a quarter of an hour. Whether PostgreSQL is merely slow is asked of PostgreSQL, on
 * a fresh connection, so a long statement is left in peace.
 */
export class Watchdog {
  /** What everybody makes connections with. */
  readonly Client: typeof WatchedClient
  readonly #watched = new Map<WatchedClient, Quiet>()
  #timer: NodeJS.Timeout | undefined
  #isLooking = false

  constructor(
    private readonly config: pg.ClientConfig,
    /** Milliseconds after which PostgreSQL itself ends a statement. */
    private readonly statementTimeout: number,
  ) {
    const watch = (client: WatchedClient): void => this.#watch(client)
    this.Client = class extends WatchedClient {
      constructor(clientConfig?: string | pg.ClientConfig) {
        super(clientConfig)
        watch(this)
      }
    }
  }

  #watch(client: WatchedClient): void {
    this.#watched.set(client, { bytes: 0, since: now() })
    client.once('end', () => this.#watched.delete(client))
    // Sequelize listens only once a connection stands; one that breaks a moment earlier must not end the process.
    client.on('error', () => undefined)
    this.#timer ??= setInterval(() => void this.#look(), interval).unref()
  }

  async #look(): Promise<void> {
    const silent = [...this.#watched].filter(([client, quiet]) => isSilent(client, quiet))
    if (silent.length === 0 || this.#isLooking) return
    this.#isLooking = true
    try {
      const backends = await this.#backendsOf(silent.map(([client]) => client))
      for (const [client, quiet] of silent) this.#judge(client, quiet, backends)
    } finally {
      this.#isLooking = false
    }
  }

  #judge(client: WatchedClient, quiet: Quiet, backends: Backends): void {
    // It may have answered while the others were asked after.
    if (!isSilent(client, quiet)) return
    if (backends === undefined) return cut(client, new Error('Connection terminated: the database cannot be reached'))
    const backend = backends.get(client.processID ?? 0)
    // A pooler between us and PostgreSQL has process numbers of its own; then only time can tell.
    const isLost = backend
      ? !backend.isAtWork && backend.sinceChange > suspicious
      : now() - quiet.since > this.statementTimeout + reprieve
    if (isLost) cut(client, new Error('Connection terminated: its answer was lost'))
    else if (backend) quiet.since = now() + reprieve - suspicious
  }

  async #backendsOf(clients: readonly WatchedClient[]): Promise<Backends> {
    const probe = new pg.Client({
      ...this.config,
      application_name: 'postern watchdog',
      connectionTimeoutMillis: probeTimeout,
      query_timeout: probeTimeout,
    })
    probe.on('error', () => undefined)
    try {
      await probe.connect()
      const { rows } = await probe.query<{ pid: number; at_work: boolean; since_change: number }>(
        `SELECT pid, state IN ('active', 'fastpath function call') AS at_work,
                extract(epoch FROM clock_timestamp() - state_change)::float8 * 1000 AS since_change
         FROM pg_stat_activity WHERE pid = ANY($1) AND state IS NOT NULL`,
        [clients.map(({ processID }) => processID ?? 0)],
      )
      return new Map(rows.map((row) => [row.pid, { isAtWork: row.at_work, sinceChange: row.since_change }]))
    } catch (error) {
      // Whoever refuses is there.
      return error instanceof pg.DatabaseError ? new Map() : undefined
    } finally {
      cut(probe)
    }
  }

  /** Ends whatever is still open. */
  close(): void {
    clearInterval(this.#timer)
    for (const client of this.#watched.keys()) cut(client)
  }
}

/** Does it owe an answer of which nothing has come for a while? Notes what has come. */
function isSilent(client: WatchedClient, quiet: Quiet): boolean {
  const bytes = bytesReadBy(client)
  if (!client.owesAnswer || bytes !== quiet.bytes) {
    quiet.bytes = bytes
    quiet.since = now()
    return false
  }
  return now() - quiet.since >= suspicious
}
