import pg from 'pg'
import type { Logger } from '../kernel/logger.js'
import type { Statement } from './sql.js'
import { cut, leave, type WatchedClient } from './watchdog.js'

/** Milliseconds between two tries to connect again. */
const retryAfter = 250
/** Milliseconds that a try may take: shorter than elsewhere, so that the first one after an outage comes soon. */
const connectTimeout = 2000

interface Handlers {
  onMessage(channel: string, payload: string): void
  /** Messages were lost while the connection was away. If this fails, the connection is made anew. */
  onReconnect(): Promise<void>
}

interface Driver {
  readonly Client: typeof WatchedClient
  readonly config: pg.ClientConfig
}

/** One connection that listens, and comes back by itself. */
export class ListenConnection {
  #client: WatchedClient | undefined
  #closed = false
  #retry: NodeJS.Timeout | undefined

  constructor(
    private readonly driver: Driver,
    private readonly channels: readonly string[],
    private readonly log: Logger,
    private readonly handlers: Handlers,
  ) {}

  get isOpen(): boolean {
    return this.#client !== undefined
  }

  async open(): Promise<void> {
    const { Client, config } = this.driver
    const client = new Client({
      ...config,
      application_name: 'postern listen',
      connectionTimeoutMillis: connectTimeout,
    })
    client.on('error', (error) => this.#lost(client, error))
    client.on('end', () => this.#lost(client))
    client.on('notification', ({ channel, payload }) => this.handlers.onMessage(channel, payload ?? ''))
    try {
      await client.connect()
      for (const channel of this.channels) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`)
      // Whoever closed us meanwhile has not seen this one.
      if (this.#closed) throw new Error('The listening connection is closed')
    } catch (error) {
      cut(client)
      throw error
    }
    this.#client = client
  }

  async query({ text, values }: Statement): Promise<void> {
    if (!this.#client) throw new Error('The listening connection is away')
    await this.#client.query(text, [...values])
  }

  #lost(client: WatchedClient, error?: Error): void {
    if (this.#closed || this.#client !== client) return
    this.#client = undefined
    this.log.warn(error ? { err: error } : {}, 'The connection to the database was lost; connecting again')
    this.#retryLater()
  }

  #retryLater(): void {
    if (this.#closed) return
    // Never two at once: the second would open a connection that nobody closes.
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#reopen(), retryAfter)
  }

  async #reopen(): Promise<void> {
    try {
      await this.open()
      await this.handlers.onReconnect()
      if (this.isOpen) this.log.info('The database is back')
    } catch (error) {
      this.log.debug({ err: error }, 'The database is still away')
      const client = this.#client
      this.#client = undefined
      if (client) cut(client)
      this.#retryLater()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    const client = this.#client
    this.#client = undefined
    if (client) await leave(client)
  }
}
