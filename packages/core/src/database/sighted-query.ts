import pg from 'pg'
import type { AnyRow } from './collection.js'
import { columnParsers } from './column-values.js'
import type { Result } from './executor.js'
import type { Meter } from './intake.js'
import { setStatement } from './session-role.js'
import type { Sight } from './sight.js'
import type { Statement } from './sql.js'

type Answer = pg.QueryResult<AnyRow>
type Callback = (error: Error | null, answers: Answer | readonly Answer[]) => void

interface RowMessage {
  /** Bytes. */
  readonly length: number
}

/** Of pg, whose types do not have it. */
const handleRow: unknown = Reflect.get(pg.Query.prototype, 'handleDataRow')

/** A statement whose rows are counted as they come. */
class MeteredQuery extends pg.Query<AnyRow> {
  constructor(
    config: pg.QueryConfig,
    callback: Callback,
    private readonly meter: Meter | undefined,
  ) {
    super(Object.assign(config, { callback }))
  }

  handleDataRow(message: RowMessage): void {
    if (this.meter && !this.meter.take(message.length)) return
    if (typeof handleRow === 'function') Reflect.apply(handleRow, this, [message])
  }
}

/**
 * A statement that is sent together with the variables which policies read: one message to PostgreSQL, one transaction, no
 * round trip more. Outside of a transaction the variables end with the statement, also when it fails or is cancelled.
 */
class SightedQuery extends MeteredQuery {
  constructor(config: pg.QueryConfig, callback: Callback, sight: Sight, meter: Meter | undefined) {
    // Only the extended form ends with one word for all that was sent before it.
    super(Object.assign(config, { queryMode: 'extended' }), callback, meter)
    // pg's types have it as a member, not as a method.
    const submit = this.submit.bind(this)
    this.submit = (connection) => {
      connection.stream.cork()
      for (const { name, value } of sight) {
        connection.bind({ statement: setStatement, values: [name, value] }, true)
        connection.execute({}, true)
      }
      const refused: unknown = submit(connection)
      // The variables are on their way without a statement: nobody may send anything behind them.
      if (refused) connection.stream.destroy()
      connection.stream.uncork()
      return refused
    }
  }
}

/** Sends a statement now; what is sent on the connection later comes behind it. */
export function send(
  client: pg.Client,
  { text, values }: Statement,
  name: string | undefined,
  sight: Sight,
  meter?: Meter,
): Promise<Result> {
  const named = name === undefined ? {} : { name }
  const config: pg.QueryConfig = { text, values: [...values], types: columnParsers, ...named }
  return new Promise((resolve, reject) => {
    // The callback form: pg's promise form captures a stack for every query.
    const settle: Callback = (error, answers) => {
      if (error) return reject(error)
      // Each variable has an answer of its own before that of the statement.
      const answer = 'rows' in answers ? answers : answers.at(-1)
      resolve({ rows: answer?.rows ?? [], count: answer?.rowCount ?? 0 })
    }
    if (sight.length > 0) client.query(new SightedQuery(config, settle, sight, meter))
    else if (meter) client.query(new MeteredQuery(config, settle, meter))
    else client.query<AnyRow>(config, settle)
  })
}
