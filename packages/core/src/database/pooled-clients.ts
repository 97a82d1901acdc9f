import pg from 'pg'
import type { Sequelize } from 'sequelize'
import { defineErrors } from '../kernel/errors.js'
import type { CallBudget } from './call-budget.js'
import { cancelStatement } from './cancel-request.js'
import { ConnectionShares } from './connection-shares.js'
import type { Result } from './executor.js'
import { Intake, Meter } from './intake.js'
import { send } from './sighted-query.js'
import type { Sight } from './sight.js'
import type { Statement } from './sql.js'
import { abandon, cut, WatchedClient } from './watchdog.js'

const errors = defineErrors('CLIENT', {
  GONE: { status: 408, message: 'The client has gone before its answer was there' },
})

/** Bytes of a row beyond what its statement may bring: what came in one piece with it. */
const slack = 1_048_576

interface Sending {
  readonly name: string | undefined
  readonly sight: Sight
  /** In a transaction, which is rolled back when this fails. */
  readonly isUndoable: boolean
}

/** The connections of the pool, each for one statement or one transaction at a time, within the budget of the call. */
export class PooledClients {
  readonly #shares: ConnectionShares

  constructor(
    private readonly sequelize: Sequelize,
    private readonly config: pg.ClientConfig,
    size: number,
    maxWait: number,
  ) {
    this.#shares = new ConnectionShares(size, maxWait)
  }

  /** @throws 429 RATE_LIMITED when the caller has too many of them already; 503 UNAVAILABLE */
  async use<T>(budget: CallBudget | undefined, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const gone = budget?.client
    if (gone?.isGone === true) throw errors.GONE()
    const release = await this.#shares.acquire(budget?.caller, gone && ((listener) => gone.onGone(listener)))
    try {
      return await this.#useOne(work)
    } finally {
      release()
    }
  }

  async #useOne<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const { connectionManager } = this.sequelize
    const client = await connectionManager.getConnection({ type: 'write' })
    try {
      if (!(client instanceof pg.Client)) throw new Error('Sequelize handed out a connection that is not of pg')
      return await work(client)
    } finally {
      // Whatever went wrong: one that is still in a transaction is of no use to anybody.
      if (client instanceof pg.Client && client.getTransactionStatus() !== 'I') await abandon(client)
      connectionManager.releaseConnection(client)
    }
  }

  async send(client: pg.Client, statement: Statement, { name, sight, isUndoable }: Sending): Promise<Result> {
    const { budget } = statement
    if (!budget) return send(client, statement, name, sight)
    if (budget.client?.isGone === true) throw errors.GONE()
    const intake = Intake.of(client)
    const isBounded = isUndoable || statement.writes !== true
    const tooMany = (): Error => budget.tooMany
    const maxBytes = isBounded ? budget.bytes : Infinity
    const meter = new Meter(client, intake, maxBytes, tooMany)
    intake.limit(maxBytes + slack, tooMany)
    const stopListening = budget.client?.onGone(() => {
      if (client instanceof WatchedClient) cancelStatement(this.config, client)
      cut(client, errors.GONE())
    })
    try {
      return await send(client, statement, name, sight, meter)
    } finally {
      stopListening?.()
      intake.unlimit()
      budget.spend(meter.bytes)
    }
  }
}
