import pg from 'pg'
import { Sequelize } from 'sequelize'
import { AppError, defineErrors } from '../kernel/errors.js'
import type { Logger } from '../kernel/logger.js'
import { sessionOptions } from './column-values.js'
import type { Executor, Result, Transaction } from './executor.js'
import { isDatabaseAway, isDriverError, translateDatabaseError, unavailable } from './postgres-errors.js'
import { QuickLane } from './quick-lane.js'
import { isSequenceMended, refusalOf } from './refusal.js'
import { begin } from './session-role.js'
import { nothing, type Sight } from './sight.js'
import { send } from './sighted-query.js'
import type { Statement } from './sql.js'
import { isStalePlan, StatementNames } from './statement-names.js'
import { runTransaction, type TransactionSession } from './transaction.js'
import { cut, Watchdog } from './watchdog.js'
import { within } from './within.js'

const errors = defineErrors('DATABASE', {
  TOO_OLD: {
    status: 503,
    message: 'PostgreSQL {version} is too old',
    hint: 'Postern needs PostgreSQL 14 or newer. Point DATABASE_URL at one, or unset it to use the embedded server.',
  },
})

const oldestMajor = 14

export interface ConnectionSettings {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly ssl?: pg.ClientConfig['ssl']
}

export interface ConnectionOptions {
  readonly settings: ConnectionSettings
  /** Connections for writes, transactions and long reads. */
  readonly poolSize: number
  /** Connections that quick reads share. */
  readonly quickSize: number
  /** Milliseconds after which PostgreSQL ends a statement. */
  readonly statementTimeout: number
  readonly log: Logger
}

/** Milliseconds to wait for a connection before the database counts as away. */
const connectTimeout = 3000
/** Milliseconds within which a database that is there answers a question as small as that. */
const reachTimeout = 2000
/** Milliseconds that connections get to say goodbye. */
const longestGoodbye = 2000

/** The one way to the database: Sequelize's pool and transactions, and beside it shared connections for quick reads. */
export class Connection implements Executor {
  readonly sequelize: Sequelize
  readonly clientConfig: pg.ClientConfig
  readonly watchdog: Watchdog
  readonly #quick: QuickLane
  readonly #names = new StatementNames()
  #reaching: Promise<boolean> | undefined

  constructor(private readonly options: ConnectionOptions) {
    const { settings, quickSize } = options
    this.clientConfig = {
      ...settings,
      options: sessionOptions,
      statement_timeout: options.statementTimeout,
      connectionTimeoutMillis: connectTimeout,
      application_name: 'postern',
      keepAlive: true,
    }
    this.watchdog = new Watchdog(this.clientConfig, options.statementTimeout)
    this.sequelize = this.#makeSequelize()
    this.#quick = new QuickLane(quickSize, this.watchdog.Client, this.clientConfig, this.#names, (error) => {
      options.log.warn({ err: error }, 'A database connection was lost')
    })
  }

  #makeSequelize(): Sequelize {
    const { settings, poolSize, statementTimeout } = this.options
    const sequelize = new Sequelize({
      dialect: 'postgres',
      dialectModule: { ...pg, Client: this.watchdog.Client },
      host: settings.host,
      port: settings.port,
      username: settings.user,
      password: settings.password,
      database: settings.database,
      logging: false,
      pool: { max: poolSize, min: 0, acquire: connectTimeout + 1000, idle: 30_000 },
      dialectOptions: {
        ssl: settings.ssl,
        options: sessionOptions,
        statement_timeout: statementTimeout,
        connectionTimeoutMillis: connectTimeout,
        application_name: 'postern',
        keepAlive: true,
      },
    })
    sequelize.addHook('afterConnect', async (client) => {
      if (!(client instanceof pg.Client)) return
      await begin(client).catch((error: unknown) => {
        // The pool never gets to know it, so nobody else would end it.
        cut(client)
        throw error
      })
    })
    return sequelize
  }

  /** @throws DATABASE_TOO_OLD below PostgreSQL 14; 503 UNAVAILABLE when it does not answer */
  async check(): Promise<void> {
    const { rows } = await this.run({ text: 'SHOW server_version', values: [] })
    const version = String(rows[0]?.['server_version'])
    if (Number.parseInt(version, 10) < oldestMajor) throw errors.TOO_OLD({ version })
  }

  async run(statement: Statement): Promise<Result> {
    try {
      return statement.quick === true ? await this.#quick.run(statement) : await this.#runPooled(statement)
    } catch (error) {
      if (isStalePlan(error)) {
        this.#names.forget(statement.text)
        return this.run(statement)
      }
      const refusal = await this.#refusal(error, statement)
      if (!isSequenceMended(refusal)) throw refusal
      // The sequence goes on where the rows end. Once: what is refused again is refused.
      const { numbered: _numbered, ...again } = statement
      return this.run(again)
    }
  }

  #refusal(error: unknown, statement: Statement): Promise<unknown> {
    return refusalOf(error, statement, (question) => this.#quick.run(question))
  }

  #runPooled(statement: Statement): Promise<Result> {
    return this.#onOneClient((client) => this.#send(client, statement))
  }

  async #onOneClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const { connectionManager } = this.sequelize
    const client = await connectionManager.getConnection({ type: 'write' }).catch((error: unknown) => {
      // Whatever PostgreSQL refuses a connection for: no statement of a caller's has anything to do with it.
      throw error instanceof AppError ? error : unavailable(error)
    })
    try {
      if (!(client instanceof pg.Client)) throw new Error('Sequelize handed out a connection that is not of pg')
      return await work(client)
    } finally {
      // Whatever went wrong: one that is still in a transaction is of no use to anybody.
      if (client instanceof pg.Client && client.getTransactionStatus() !== 'I') await abandon(client)
      connectionManager.releaseConnection(client)
    }
  }

  async #send(client: pg.Client, statement: Statement, sight: Sight = statement.sight ?? nothing): Promise<Result> {
    const name = statement.prepared === true ? this.#names.of(statement.text) : undefined
    try {
      return await send(client, statement, name, sight)
    } catch (error) {
      // It came from the socket: what leads back to whoever sent the statement says more.
      if (error instanceof Error) Error.captureStackTrace(error)
      throw error
    }
  }

  async transaction<T>(work: (transaction: Transaction) => Promise<T>, sight: Sight = nothing): Promise<T> {
    const after: (() => void | Promise<void>)[] = []
    let thrownByWork: unknown
    const watched = (transaction: Transaction): Promise<T> =>
      work(transaction).catch((error: unknown) => {
        thrownByWork = error
        throw error
      })
    const run = (client: pg.Client): Promise<T> => runTransaction(this.#sessionOf(client), watched, after, sight)
    const result = await this.#onOneClient(run).catch((error: unknown) => {
      // A file that a hook does not find, or a service of a plugin's that is away, says nothing of the database.
      const isForeign = error === thrownByWork && !isDriverError(error)
      throw isForeign ? error : translateDatabaseError(error)
    })
    for (const step of after) await this.#afterCommit(step)
    return result
  }

  #sessionOf(client: pg.Client): TransactionSession {
    return {
      sequelize: this.sequelize,
      client,
      run: async (statement, sight) => {
        try {
          return await this.#send(client, statement, sight)
        } catch (error) {
          // The transaction cannot go on; the next one prepares the statement anew.
          if (isStalePlan(error)) this.#names.forget(statement.text)
          throw await this.#refusal(error, statement)
        }
      },
      say: async (word) => (await client.query(word)).command,
      abandon: () => abandon(client),
    }
  }

  /** What is committed stays, so nothing that fails from here on may make the call look as if it had failed. */
  async #afterCommit(step: () => void | Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.options.log.error({ err: error }, 'Something failed after a transaction was committed')
    }
  }

  /** Does the database answer? Whoever asks at the same time gets the same answer, within two seconds. */
  isReachable(): Promise<boolean> {
    this.#reaching ??= this.#reach().finally(() => (this.#reaching = undefined))
    return this.#reaching
  }

  async #reach(): Promise<boolean> {
    try {
      const answer = this.run({ text: 'SELECT 1', values: [], quick: true })
      return (await within(answer, reachTimeout)) !== undefined
    } catch (error) {
      if (isDatabaseAway(error)) this.options.log.debug({ err: error }, 'The database is away')
      return false
    }
  }

  async close(): Promise<void> {
    await within(Promise.allSettled([this.#quick.close(), this.sequelize.close()]), longestGoodbye)
    this.watchdog.close()
  }
}

/** Ends a connection. Done when the pool knows that it has ended. */
async function abandon(client: pg.Client): Promise<void> {
  const { stream } = client.connection
  const closed = stream.closed ? undefined : new Promise((resolve) => stream.once('close', resolve))
  cut(client)
  await closed
  await new Promise((resolve) => setImmediate(resolve))
}
