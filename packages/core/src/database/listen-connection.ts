import pg from 'pg'
import type { Logger } from '../kernel/logger.js'

/** Milliseconds between two tries to connect again. */
const retryAfter = 250

interface Handlers {
  onMessage(channel: string, payload: string): void
  /** Messages were lost while the connection was away. Until this is done, queries on it wait. */
  onReconnect(): Promise<void>
}

/** One connection that listens, and comes back by itself. */
export class ListenConnection {
  #client: pg.Client | undefined
  #closed = false
  #retry: NodeJS.Timeout | undefined

  constructor(
    private readonly config: pg.ClientConfig,
    private readonly channels: readonly string[],
    private readonly log: Logger,
    private readonly handlers: Handlers,
  ) {}

  get isOpen(): boolean {
    return this.#client !== undefined
  }

  async open(): Promise<void> {
    const client = new pg.Client({ ...this.config, application_name: 'postern listen', query_timeout: 10_000 })
    client.on('error', (error) => this.#lost(client, error))
    client.on('end', () => this.#lost(client))
    client.on('notification', ({ channel, payload }) => this.handlers.onMessage(channel, payload ?? ''))
    await client.connect()
    for (const channel of this.channels) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`)
    this.#client = client
  }

  async query(text: string, values: readonly unknown[]): Promise<void> {
    if (!this.#client) throw new Error('The listening connection is away')
    await this.#client.query(text, [...values])
  }

  #lost(client: pg.Client, error?: Error): void {
    if (this.#closed || this.#client !== client) return
    this.#client = undefined
    this.log.warn(error ? { err: error } : {}, 'The connection to the database was lost; connecting again')
    this.#retryLater()
  }

  #retryLater(): void {
    if (this.#closed) return
    this.#retry = setTimeout(() => void this.#reopen(), retryAfter)
  }

  async #reopen(): Promise<void> {
    try {
      await this.open()
      await this.handlers.onReconnect()
      this.log.info('The database is back')
    } catch (error) {
      this.log.debug({ err: error }, 'The database is still away')
      const client = this.#client
      this.#client = undefined
      await client?.end().catch(() => undefined)
      this.#retryLater()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }
}
