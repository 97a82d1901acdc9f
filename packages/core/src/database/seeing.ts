import { isTransaction, type Executor, type Transaction } from './executor.js'
import type { Sight } from './sight.js'
import type { Statement } from './sql.js'

/** The same executor, with a sight for statements that have none of their own. */
export function seeing(executor: Transaction, sight: Sight): Transaction
export function seeing(executor: Executor, sight: Sight): Executor
export function seeing(executor: Executor, sight: Sight): Executor {
  const run = (statement: Statement) => executor.run(statement.sight ? statement : { ...statement, sight })
  const transaction: Executor['transaction'] = (work, own = sight, budget) =>
    executor.transaction((inner) => work(seeing(inner, own)), own, budget)
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
