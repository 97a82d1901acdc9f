import { wire } from '../kernel/wire-errors.js'
import type { Executor, Transaction } from './executor.js'
import { isTransaction } from './executor.js'
import type { Statement } from './sql.js'

/** Whose connections a call takes. */
export interface Caller {
  /** The credential, or the address where there is none. */
  readonly credential: string
  /** The user whom several credentials may stand for, or the same as the credential. */
  readonly account: string
  /** The call may use the connections that are kept for signing in and revoking. */
  readonly isReserved: boolean
}

/** The other end of a request. */
export interface Client {
  readonly isGone: boolean
  /** Calls the listener once when the client goes. @returns how to stop listening */
  onGone(listener: () => void): () => void
}

export interface BudgetOptions {
  readonly caller: Caller
  /** Bytes of one answer. */
  readonly answerBytes: number
  /** All that is read becomes the answer, so that the bytes of all statements count together. */
  readonly isCumulative: boolean
  readonly client?: Client | undefined
}

export const tooManyBytes = (limit: number): Error => wire.RESULT_TOO_LARGE({ limit: `${limit} bytes` })

/** What one call may take of the database. */
export class CallBudget {
  #spent = 0

  constructor(private readonly options: BudgetOptions) {}

  get caller(): Caller {
    return this.options.caller
  }

  get client(): Client | undefined {
    return this.options.client
  }

  /** Bytes that the next statement may bring. */
  get bytes(): number {
    return this.options.answerBytes - this.#spent
  }

  get tooMany(): Error {
    return tooManyBytes(this.options.answerBytes)
  }

  /** Notes what a statement has brought. */
  spend(bytes: number): void {
    if (this.options.isCumulative) this.#spent += bytes
  }
}

/** The same executor, whose statements are paid for by one call. */
export function withBudget(executor: Transaction, budget: CallBudget): Transaction
export function withBudget(executor: Executor, budget: CallBudget | undefined): Executor
export function withBudget(executor: Executor, budget: CallBudget | undefined): Executor {
  if (!budget) return executor
  const run = (statement: Statement) => executor.run(statement.budget ? statement : { ...statement, budget })
  const transaction: Executor['transaction'] = (work, sight, own = budget) =>
    executor.transaction((inner) => work(withBudget(inner, own)), sight, own)
  if (!isTransaction(executor)) return { run, transaction }
  const joined: Transaction = {
    run,
    transaction,
    afterCommit: executor.afterCommit,
    get schema() {
      return executor.schema
    },
  }
  return joined
}
