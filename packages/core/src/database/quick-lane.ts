import type pg from 'pg'
import type { Result } from './executor.js'
import type { Statement } from './sql.js'
import type { StatementNames } from './statement-names.js'
import { begin } from './session-role.js'
import { nothing } from './sight.js'
import { send } from './sighted-query.js'
import { cut, leave, type WatchedClient } from './watchdog.js'

/** One query waits behind those sent before it on its connection, so only quick ones may share. */
interface Lane {
  readonly client: WatchedClient
  ready: Promise<unknown>
  inFlight: number
  closed: boolean
}

/**
 * A few connections that many quick reads share at once: each is sent without waiting for the one before
 * (pg's pipeline mode), which saves most of the round trips under load.
 */
export class QuickLane {
  readonly #lanes: (Lane | undefined)[]
  #closed = false

  constructor(
    size: number,
    private readonly Client: typeof WatchedClient,
    private readonly config: pg.ClientConfig,
    private readonly names: StatementNames,
    private readonly onError: (error: Error) => void,
  ) {
    this.#lanes = Array.from({ length: size })
  }

  async run(statement: Statement): Promise<Result> {
    const lane = this.#leastBusy()
    lane.inFlight++
    try {
      await lane.ready
      const name = this.names.of(statement)
      return await send(lane.client, statement, name, statement.sight ?? nothing)
    } finally {
      lane.inFlight--
    }
  }

  #leastBusy(): Lane {
    let best: Lane | undefined
    for (let index = 0; index < this.#lanes.length; index++) {
      const lane = (this.#lanes[index] ??= this.#open(index))
      if (!best || lane.inFlight < best.inFlight) best = lane
      if (lane.inFlight === 0) break
    }
    if (!best || this.#closed) throw new Error('Client was closed')
    return best
  }

  #open(index: number): Lane {
    const client = new this.Client({ ...this.config, pipeline: true } satisfies pg.ClientConfig & { pipeline: boolean })
    const lane: Lane = { client, ready: Promise.resolve(), inFlight: 0, closed: false }
    const drop = (): void => {
      if (this.#lanes[index] === lane) this.#lanes[index] = undefined
    }
    client.on('error', (error) => {
      drop()
      if (!this.#closed) this.onError(error)
    })
    client.on('end', drop)
    lane.ready = client
      .connect()
      .then(() => begin(client))
      .catch((error: unknown) => {
        drop()
        cut(client)
        throw error
      })
    // Whoever waits for the lane gets the error; nobody may be waiting any more.
    lane.ready.catch(() => undefined)
    return lane
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#lanes.flatMap((lane) => (lane ? [leave(lane.client)] : [])))
    this.#lanes.fill(undefined)
  }
}
