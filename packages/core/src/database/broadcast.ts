import { setTimeout as wait } from 'node:timers/promises'
import { nanoid } from 'nanoid'
import { z } from 'zod'
import { defineErrors } from '../kernel/errors.js'
import { blameOf } from '../kernel/blame.js'
import type { Logger } from '../kernel/logger.js'
import type { Scope, Disposer } from '../kernel/scope.js'
import type { Connection } from './connection.js'
import type { Transaction } from './executor.js'
import { ListenConnection } from './listen-connection.js'
import { lease, Lease } from './lease.js'
import { beatStatement, leaveStatement, otherNodes } from './node-list.js'
import { isDatabaseAway } from './postgres-errors.js'
import { receiptSchema, Receipts, type NodeOutcome, type Receipt } from './receipts.js'

const errors = defineErrors('BROADCAST', {
  TOO_LARGE: {
    status: 500,
    message: 'A message on "{channel}" is larger than {limit} bytes',
    hint: 'Put the data in a table and broadcast its key.',
  },
})

/** Milliseconds. For clocks and processes that are late. */
const leaseMargin = 500
/** Milliseconds between two signs of life of a node. */
const heartbeat = 1000
/** PostgreSQL's limit for a NOTIFY is 8000 bytes. */
const largestMessage = 7000

const messageSchema = z.object({ id: z.string(), from: z.string(), channel: z.string(), data: z.unknown() })
type Message = z.infer<typeof messageSchema>
interface Channel {
  readonly receive: (data: unknown) => void | Promise<void>
  /** Messages may have been missed: bring everything that they would have told up to date. */
  readonly resync: () => void | Promise<void>
}

export interface AnnounceOptions {
  /** Milliseconds to wait for the other nodes. */
  readonly patience?: number
  /** False: the sender has done it already. */
  readonly toSelf?: boolean
}

export interface Announcement {
  /** What became of it on the other live nodes; known once the transaction's call has answered. */
  readonly outcomes: readonly NodeOutcome[]
}

/**
 * Messages to every node, after commit, with receipts (LISTEN and NOTIFY). The sender's call answers only when every
 * live node has applied the message, or can no longer act on what it knew before (its lease ran out).
 */
export class Broadcast {
  readonly nodeId = nanoid(10)
  readonly #channels = new Map<string, Channel>()
  readonly #waiting = new Map<string, Receipts>()
  readonly #listening: ListenConnection
  readonly #lease = new Lease()
  #timer: NodeJS.Timeout | undefined
  /** A node that serves; commands only listen for receipts. */
  isMember = false
  #isResyncing = false
  #isBeating = false

  constructor(
    private readonly connection: Connection,
    private readonly log: Logger,
  ) {
    const driver = { Client: connection.watchdog.Client, config: connection.clientConfig }
    this.#listening = new ListenConnection(driver, ['postern', 'postern_receipt'], log, {
      onMessage: (channel, payload) => {
        this.#receive(channel, payload).catch((error: unknown) =>
          log.warn({ err: error }, 'A message was not understood'),
        )
      },
      onReconnect: () => this.#reconnected(),
    })
  }

  /** Is what this node keeps in memory surely up to date? Without contact to the database it is not. */
  isFresh(): boolean {
    return this.#lease.isFresh()
  }

  on(channel: string, scope: Scope, handlers: Channel): Disposer {
    return scope.effect(`broadcast ${channel}`, () => {
      this.#channels.set(channel, handlers)
      return () => void this.#channels.delete(channel)
    })
  }

  /** Starts to listen; `member` nodes serve requests and give signs of life, commands only listen for receipts. */
  async start({ member }: { readonly member: boolean }): Promise<void> {
    this.isMember = member
    await this.#listening.open()
    if (!member) return
    this.#lease.start(() => void this.#beat())
    await this.#beat()
    this.#timer = setInterval(() => void this.#beat(), heartbeat)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    if (this.isMember && this.#listening.isOpen) {
      const leaving = this.#listening.query(leaveStatement(this.nodeId))
      await leaving.catch((error: unknown) => this.log.debug({ err: error }, 'Could not sign off'))
    }
    await this.#listening.close()
    this.#lease.stop()
  }

  /** Tells every node when `transaction` commits, and waits for the others before the call that committed answers. */
  async announce(
    transaction: Transaction,
    channel: string,
    data: unknown,
    { patience = lease + leaseMargin, toSelf = true }: AnnounceOptions = {},
  ): Promise<Announcement> {
    const message: Message = { id: nanoid(10), from: this.nodeId, channel, data }
    const text = JSON.stringify(message)
    if (Buffer.byteLength(text) > largestMessage) throw errors.TOO_LARGE({ channel, limit: largestMessage })
    const outcomes: NodeOutcome[] = []
    const receipts = new Receipts()
    await transaction.run({ text: `SELECT pg_notify('postern', $1)`, values: [text] })
    // Receipts may come before this process has seen its own commit.
    this.#waiting.set(message.id, receipts)
    const forget = setTimeout(() => this.#waiting.delete(message.id), 60_000).unref()
    transaction.afterCommit(async () => {
      try {
        if (toSelf) await this.#apply(message)
        const { listening, rest } = await this.#otherNodes()
        await Promise.all([receipts.whenComplete(listening, patience), wait(rest)])
        outcomes.push(...receipts.outcomes(listening))
      } finally {
        clearTimeout(forget)
        this.#waiting.delete(message.id)
      }
    })
    return { outcomes }
  }

  /** The nodes to wait for, and how long to rest so that those who cannot hear trust nothing any more that they keep. */
  async #otherNodes(): Promise<{ readonly listening: readonly string[]; readonly rest: number }> {
    try {
      const { listening, silentFor = Infinity } = await otherNodes(this.connection, this.nodeId)
      return { listening, rest: Math.max(0, lease + leaseMargin - silentFor) }
    } catch (error) {
      this.log.warn({ err: error }, 'The other nodes could not be found out after a change')
      // Without the database their leases run out too.
      return { listening: [], rest: lease + leaseMargin }
    }
  }

  async #receive(channel: string, payload: string): Promise<void> {
    const value: unknown = JSON.parse(payload)
    if (channel === 'postern_receipt') {
      const receipt = receiptSchema.safeParse(value)
      if (receipt.success) this.#waiting.get(receipt.data.id)?.add(receipt.data)
      return
    }
    const message = messageSchema.safeParse(value)
    if (!message.success || message.data.from === this.nodeId) return
    const started = performance.now()
    const error = await this.#apply(message.data)
    // Nobody waits for those that the database sends by itself (credential-watch.ts).
    if (!this.isMember || message.data.id === '') return
    const receipt: Receipt = {
      id: message.data.id,
      node: this.nodeId,
      error,
      ms: Math.round(performance.now() - started),
    }
    const sent = this.#listening.query({
      text: `SELECT pg_notify('postern_receipt', $1)`,
      values: [JSON.stringify(receipt)],
    })
    await sent.catch((cause: unknown) => this.log.warn({ err: cause }, 'A receipt could not be sent'))
  }

  /** @returns what went wrong, for the receipt */
  async #apply({ channel, data }: Message): Promise<string | null> {
    try {
      await this.#channels.get(channel)?.receive(data)
      return null
    } catch (error) {
      this.log.error({ err: error, channel, ...blameOf(error) }, 'A broadcast message could not be applied')
      return error instanceof Error ? error.message : String(error)
    }
  }

  async #reconnected(): Promise<void> {
    this.#isResyncing = true
    try {
      for (const [name, channel] of [...this.#channels]) await this.#resync(name, channel)
    } finally {
      this.#isResyncing = false
    }
    if (this.isMember) await this.#beat()
  }

  /** A channel's own fault must not keep the others from catching up; without the database none can. */
  async #resync(name: string, channel: Channel): Promise<void> {
    try {
      await channel.resync()
    } catch (error) {
      if (isDatabaseAway(error)) throw error
      this.log.error(
        { err: error, channel: name },
        'What was missed while the database was away could not be caught up',
      )
    }
  }

  /** A sign of life. It travels on the listening connection, so when it is answered every earlier message has arrived. */
  async #beat(): Promise<void> {
    if (this.#isResyncing || this.#isBeating) return
    this.#isBeating = true
    const answered = this.#lease.contact()
    try {
      await this.#listening.query(beatStatement(this.nodeId))
      answered()
    } catch (error) {
      this.log.debug({ err: error }, 'No contact with the database')
    } finally {
      this.#isBeating = false
    }
  }
}
