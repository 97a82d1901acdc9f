import { Transaction as SequelizeTransaction, type Sequelize } from 'sequelize'
import type { Result, Transaction } from './executor.js'
import type { Statement } from './sql.js'

/** One connection, for as long as one transaction runs on it. */
export interface TransactionSession {
  readonly sequelize: Sequelize
  readonly client: object
  run(statement: Statement): Promise<Result>
  /** Runs a word such as COMMIT. @returns what PostgreSQL says that it did */
  say(word: string): Promise<string>
  /** Ends the connection: nobody knows what state it is in. Done when the pool knows that it has ended. */
  abandon(): Promise<void>
}

type Step = () => void | Promise<void>

/** Sequelize's own idea of a transaction: only its schema editor needs one, so it is made only for that. */
function schemaOf({ sequelize, client }: TransactionSession): Transaction['schema'] {
  const transaction = new SequelizeTransaction(sequelize, {})
  Object.assign(transaction, { connection: client })
  return { editor: sequelize.getQueryInterface(), options: { transaction } }
}

function join(session: TransactionSession, after: Step[], state: { isOver: boolean }): Transaction {
  let schema: Transaction['schema'] | undefined
  const joined: Transaction = {
    get schema() {
      return (schema ??= schemaOf(session))
    },
    run: async (statement) => {
      if (state.isOver) throw new Error('The transaction has ended: its work must be awaited before it returns')
      return session.run(statement)
    },
    transaction: (work) => work(joined),
    afterCommit: (work) => void after.push(work),
  }
  return joined
}

async function commit(session: TransactionSession): Promise<void> {
  let did: string
  try {
    did = await session.say('COMMIT')
  } catch (error) {
    await session.abandon()
    throw error
  }
  // So it answers when a statement had failed and somebody swallowed that: nothing is stored, and nobody may think it is.
  if (did === 'ROLLBACK') throw new Error('A statement of the transaction had failed, so all of it was rolled back')
}

/**
 * Runs work between BEGIN and COMMIT; a throw means ROLLBACK. Not Sequelize's own, which takes several times as long
 * and tells the console when a connection breaks.
 *
 * @param after is filled with what is to be done once it is committed
 */
export async function runTransaction<T>(
  session: TransactionSession,
  work: (transaction: Transaction) => Promise<T>,
  after: Step[],
): Promise<T> {
  const state = { isOver: false }
  await session.say('BEGIN')
  let result: T
  try {
    result = await work(join(session, after, state))
  } catch (error) {
    state.isOver = true
    await session.say('ROLLBACK').catch(() => session.abandon())
    throw error
  }
  state.isOver = true
  await commit(session)
  return result
}
