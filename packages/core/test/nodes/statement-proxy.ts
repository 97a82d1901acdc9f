import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** What becomes of a statement: it goes on, or neither it nor anything after it arrives. */
export type Fate = 'forward' | 'drop'

/** How long the first message of a buffer is, in bytes; undefined when it is not all there yet. */
function sizeOf(buffer: Buffer, isFirst: boolean): number | undefined {
  // Only the first message of a connection has no letter in front of its length.
  const start = isFirst ? 0 : 1
  if (buffer.length < start + 4) return undefined
  const size = start + buffer.readInt32BE(start)
  return buffer.length < size ? undefined : size
}

const textAt = (message: Buffer, start: number): string => message.toString('utf8', start, message.indexOf(0, start))

/** What one connection says in PostgreSQL's protocol, message by message. */
class Conversation {
  #rest = Buffer.alloc(0)
  #isFirst = true
  readonly #prepared = new Map<string, string>()

  /** The text of the statement that a message has run; undefined where it has none run. */
  statement(message: Buffer): string | undefined {
    const kind = this.#isFirst ? '' : String.fromCharCode(message[0] ?? 0)
    if (kind === 'Q') return textAt(message, 5)
    if (kind === 'P') {
      const name = textAt(message, 5)
      this.#prepared.set(name, textAt(message, 6 + Buffer.byteLength(name)))
    }
    if (kind !== 'B') return undefined
    const portal = textAt(message, 5)
    return this.#prepared.get(textAt(message, 6 + Buffer.byteLength(portal)))
  }

  *messages(chunk: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (let size = sizeOf(this.#rest, this.#isFirst); size !== undefined; size = sizeOf(this.#rest, this.#isFirst)) {
      const message = this.#rest.subarray(0, size)
      this.#rest = this.#rest.subarray(size)
      yield message
      this.#isFirst = false
    }
  }
}

/** Stands between one process and its PostgreSQL, and is asked about every statement before it arrives. */
export class StatementProxy {
  readonly #sockets = new Set<Socket>()
  #isOver = false

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async open(target: string, fateOf: (statement: string) => Fate): Promise<StatementProxy> {
    const server = createServer()
    const proxy = new StatementProxy(server, new URL(target))
    server.on('connection', (near) => proxy.#accept(near, fateOf))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return proxy
  }

  get url(): string {
    const url = new URL(this.target)
    url.hostname = '127.0.0.1'
    url.port = String((this.server.address() as AddressInfo).port)
    return url.href
  }

  #accept(near: Socket, fateOf: (statement: string) => Fate): void {
    const far = connect(Number(this.target.port || 5432), this.target.hostname)
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
    }
    const conversation = new Conversation()
    near.on('data', (chunk: Buffer) => {
      for (const message of conversation.messages(chunk)) {
        const statement = conversation.statement(message)
        if (!this.#isOver && statement !== undefined && fateOf(statement) === 'drop') this.#isOver = true
        if (!this.#isOver) far.write(message)
      }
    })
    far.on('data', (chunk: Buffer) => near.write(chunk))
    // What was sent before the end still arrives, as it does when a process is killed.
    near.on('close', () => far.end())
    far.on('close', () => near.destroy())
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    const closed = once(this.server, 'close')
    this.server.close()
    await closed
  }
}
