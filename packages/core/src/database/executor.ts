import type { QueryInterface, Transaction as SequelizeTransaction } from 'sequelize'
import type { CallBudget } from './call-budget.js'
import type { AnyRow } from './collection.js'
import type { Sight } from './sight.js'
import type { Statement } from './sql.js'

export interface Result {
  readonly rows: AnyRow[]
  /** Rows read or touched. */
  readonly count: number
}

/** Where statements run: on the pool, one by one, or inside one transaction. */
export interface Executor {
  readonly run: (statement: Statement) => Promise<Result>
  /** All or nothing. Inside a transaction the work simply joins it. `sight`, `budget`: of statements that have none of their own. */
  readonly transaction: <T>(
    work: (transaction: Transaction) => Promise<T>,
    sight?: Sight,
    budget?: CallBudget,
  ) => Promise<T>
}

export interface SchemaOptions {
  readonly transaction: SequelizeTransaction
  /** Is told the text of every statement. */
  readonly logging?: (text: string) => void
}

export interface Transaction extends Executor {
  /** Sequelize's schema editor, and the options that tie its statements to this transaction. */
  readonly schema: { readonly editor: QueryInterface; readonly options: SchemaOptions }
  /** Runs once the transaction is committed; never after a rollback. Awaited before the call answers. */
  readonly afterCommit: (work: () => void | Promise<void>) => void
}

export const isTransaction = (executor: Executor): executor is Transaction => 'afterCommit' in executor
