import { Transaction as SequelizeTransaction, type Sequelize } from 'sequelize'
import type { Result, Transaction } from './executor.js'
import { beginText } from './session-role.js'
import { seeing } from './seeing.js'
import { nothing, type Sight } from './sight.js'
import type { Statement } from './sql.js'

/** One connection, for as long as one transaction runs on it. */
export interface TransactionSession {
  readonly sequelize: Sequelize
  readonly client: object
  /** @param sight is set for this statement and those after it */
  run(statement: Statement, sight: Sight): Promise<Result>
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

/** Words about the transaction itself see nothing, and must also work when a statement before them has failed. */
const isAboutItself = /^\s*(SAVEPOINT|RELEASE|ROLLBACK)\b/i

/**
 * Which variables go with a statement: none as long as all of them see what the transaction began with. Once one did not,
 * each says what it sees: nobody has to know what a savepoint brought back.
 */
function sights(begun: Sight): (statement: Statement) => Sight {
  const names = new Set(begun.map(({ name }) => name))
  let isMixed = false
  return ({ text, sight = begun }) => {
    isMixed ||= sight !== begun
    if (!isMixed || isAboutItself.test(text)) return nothing
    for (const { name } of sight) names.add(name)
    const own = new Set(sight.map(({ name }) => name))
    return [...sight, ...[...names].filter((name) => !own.has(name)).map((name) => ({ name, value: '' }))]
  }
}

interface State {
  isOver: boolean
  readonly sightOf: (statement: Statement) => Sight
}

function join(session: TransactionSession, after: Step[], state: State): Transaction {
  let schema: Transaction['schema'] | undefined
  const joined: Transaction = {
    get schema() {
      return (schema ??= schemaOf(session))
    },
    run: async (statement) => {
      if (state.isOver) throw new Error('The transaction has ended: its work must be awaited before it returns')
      return session.run(statement, state.sightOf(statement))
    },
    transaction: (work, sight) => work(sight ? seeing(joined, sight) : joined),
    afterCommit: (work) => void after.push(work),
  }
  return joined
}

/** It may have failed behind its BEGIN: then the connection is in a transaction that nobody will end. */
async function start(session: TransactionSession, sight: Sight): Promise<void> {
  try {
    await session.say(beginText(sight))
  } catch (error) {
    await session.abandon()
    throw error
  }
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
 * @param sight of the statements that have none of their own
 */
export async function runTransaction<T>(
  session: TransactionSession,
  work: (transaction: Transaction) => Promise<T>,
  after: Step[],
  sight: Sight,
): Promise<T> {
  const state = { isOver: false, sightOf: sights(sight) }
  await start(session, sight)
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
