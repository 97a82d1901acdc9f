import { once } from 'node:events'
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'

/** `forward`: as if it were not there · `refuse`: connections break and none can be made · `swallow`: nothing arrives any more, and nobody is told. */
export type Mode = 'forward' | 'refuse' | 'swallow'

interface Pair {
  readonly near: Socket
  readonly far: Socket
  /** How the client introduced itself. */
  name: string
}

function targetOf(url: string): NetConnectOpts {
  const { hostname, port, searchParams } = new URL(url)
  const folder = searchParams.get('host')
  // libpq's form for a socket in a folder.
  if (folder?.startsWith('/')) return { path: `${folder}/.s.PGSQL.${port || '5432'}` }
  return { host: folder ?? hostname, port: Number(port || 5432) }
}

/** Stands between a server and its PostgreSQL, and fails the way that networks and databases do. */
export class TcpProxy {
  readonly #pairs = new Set<Pair>()
  #server: Server | undefined
  #port = 0
  #mode: Mode = 'forward'
  /** Only connections whose client introduces itself like this are meant by the mode. */
  #only: string | undefined

  private constructor(
    private readonly target: string,
    /** Makes, for each connection, what changes the bytes that PostgreSQL sends. */
    private readonly changing?: () => (chunk: Buffer) => Buffer,
  ) {}

  static async open(
    target: string,
    mode: Mode = 'forward',
    changing?: () => (chunk: Buffer) => Buffer,
  ): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, changing)
    await proxy.#listen()
    await proxy.set(mode)
    return proxy
  }

  /** The same database, through the proxy. */
  get url(): string {
    const url = new URL(this.target)
    url.searchParams.delete('host')
    url.hostname = '127.0.0.1'
    url.port = String(this.#port)
    return url.href
  }

  async #listen(): Promise<void> {
    this.#server = createServer((near) => this.#accept(near))
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
  }

  #accept(near: Socket): void {
    const pair: Pair = { near, far: connect(targetOf(this.target)), name: '' }
    this.#pairs.add(pair)
    const end = (): void => {
      this.#pairs.delete(pair)
      near.destroy()
      pair.far.destroy()
    }
    for (const socket of [near, pair.far]) socket.on('error', end).on('close', end)
    near.on('data', (chunk: Buffer) => {
      if (pair.name === '') pair.name = chunk.toString('latin1')
      const mode = this.#modeFor(pair)
      if (mode === 'refuse') end()
      else if (mode === 'forward') pair.far.write(chunk)
    })
    const change = this.changing?.() ?? ((chunk: Buffer) => chunk)
    pair.far.on('data', (chunk: Buffer) => {
      if (this.#modeFor(pair) === 'forward') near.write(change(chunk))
    })
  }

  #modeFor({ name }: Pair): Mode {
    return this.#only === undefined || name.includes(this.#only) ? this.#mode : 'forward'
  }

  /** @param only the name of those that are meant, as in `application_name`; everybody when left out */
  async set(mode: Mode, only?: string): Promise<void> {
    this.#mode = mode
    this.#only = only
    if (mode !== 'refuse') {
      if (this.#server?.listening !== true) await this.#listen()
      return
    }
    for (const pair of this.#pairs) if (this.#modeFor(pair) === 'refuse') pair.near.destroy()
    // With nobody listening, connecting is refused as it is on a machine whose PostgreSQL is down.
    if (only === undefined) await this.#stopListening()
  }

  async #stopListening(): Promise<void> {
    if (this.#server?.listening !== true) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  async close(): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy()
      far.destroy()
    }
    await this.#stopListening()
  }
}
