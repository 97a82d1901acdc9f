import type { Clock } from '../kernel/clock.js'
import { AppError } from '../kernel/errors.js'
import { sealValues } from '../schema/shape.js'
import type { AnyRow, CompiledCollection } from './collection.js'
import type { Executor, Result, Transaction } from './executor.js'
import type { Condition } from './filter/condition.js'
import { fieldOfConstraint } from './indexes.js'
import { unavailable, withColumn } from './postgres-errors.js'
import {
  countStatement,
  deleteStatement,
  insertStatement,
  recordsPerInsert,
  selectStatement,
  updateStatement,
  type Selection,
} from './query.js'
import { isSequenceMended } from './refusal.js'
import { inSavepoint } from './savepoint.js'
import type { Statement } from './sql.js'
import { dependOnTable, insertWithTable, takenFields, updateWithTable } from './table-values.js'

export type Values = Readonly<Record<string, unknown>>

/** The caller's fault, not the server's. */
const isRefusal = (error: unknown): error is AppError => error instanceof AppError && error.status < 500

/** The rows of one collection. Takes only what was parsed and checked before: conditions, known names, checked values. */
export class Records {
  constructor(
    private readonly collection: CompiledCollection,
    private readonly executor: Executor,
    private readonly clock: Clock,
    /** The user in whose name rows are written. */
    private readonly author: number | null,
  ) {}

  async select(selection: Selection): Promise<AnyRow[]> {
    return (await this.executor.run(selectStatement(this.collection, selection))).rows
  }

  async count(condition: Condition): Promise<number> {
    const { rows } = await this.executor.run(countStatement(this.collection, condition))
    return Number(rows[0]?.['count'])
  }

  /**
   * @param numbered a refusal says in its `path` which of the records it is about
   * @throws 400, 409 what the database refuses
   */
  async insert(records: readonly Values[], returning: readonly string[], numbered = false): Promise<AnyRow[]> {
    const { collection } = this
    const stamped: Record<string, unknown>[] = []
    // One by one: hashing a thousand passwords at once would leave no thread for anybody else's.
    for (const record of records) {
      stamped.push(await sealValues(collection.fields, { ...this.#creation(), ...record }))
    }
    if (!numbered && !dependOnTable(collection, stamped)) return this.#insertAll(this.executor, stamped, returning)
    return this.executor.transaction((transaction) =>
      insertWithTable(transaction, collection, stamped, () =>
        numbered
          ? this.#insertNumbered(transaction, stamped, returning)
          : this.#insertAll(transaction, stamped, returning),
      ),
    )
  }

  async #insertAll(executor: Executor, records: readonly Values[], returning: readonly string[]): Promise<AnyRow[]> {
    const size = recordsPerInsert(this.collection)
    const rows: AnyRow[] = []
    for (let start = 0; start < records.length; start += size) {
      const statement = insertStatement(this.collection, records.slice(start, start + size), returning)
      rows.push(...(await this.#write(executor, statement).catch((error: unknown) => this.#refuse(error))).rows)
    }
    return rows
  }

  /** PostgreSQL does not say which row of a statement it refuses: then they are tried one by one. */
  async #insertNumbered(
    transaction: Transaction,
    records: readonly Values[],
    returning: readonly string[],
  ): Promise<AnyRow[]> {
    try {
      return await inSavepoint(transaction, () => this.#insertAll(transaction, records, returning))
    } catch (error) {
      // The savepoint has undone it, so it can be tried again.
      if (isSequenceMended(error)) return this.#insertAll(transaction, records, returning)
      if (!isRefusal(error)) throw error
    }
    const rows: AnyRow[] = []
    for (const [index, record] of records.entries()) {
      try {
        rows.push(...(await this.#insertAll(transaction, [record], returning)))
      } catch (error) {
        throw isRefusal(error) ? error.at(error.path === undefined ? `${index}` : `${index}.${error.path}`) : error
      }
    }
    return rows
  }

  async update(condition: Condition, values: Values, returning: readonly string[]): Promise<AnyRow[]> {
    const { collection } = this
    const stamped = await sealValues(collection.fields, { ...values, ...this.#change() })
    if (Object.keys(stamped).length === 0) return this.select({ fields: returning, condition })
    const write = async (executor: Executor): Promise<AnyRow[]> =>
      (await this.#write(executor, updateStatement(collection, condition, stamped, returning))).rows
    const taken = takenFields(collection, stamped)
    if (taken.length === 0) return write(this.executor)
    return this.executor.transaction((transaction) =>
      updateWithTable(transaction, collection, taken, () => write(transaction)),
    )
  }

  async delete(condition: Condition, returning: readonly string[] = ['id']): Promise<AnyRow[]> {
    return (await this.executor.run(deleteStatement(this.collection, condition, returning))).rows
  }

  async #write(executor: Executor, statement: Statement): Promise<Result> {
    try {
      return await executor.run(statement)
    } catch (error) {
      throw withColumn(error, (constraint) => fieldOfConstraint(this.collection, constraint))
    }
  }

  /** A value is missing for a column that was added while the record was on its way: the next try knows it. */
  #refuse(error: unknown): never {
    const isStale = error instanceof AppError && error.status === 400 && !this.collection.fields.has(error.path ?? 'id')
    throw isStale ? unavailable(error) : error
  }

  #creation(): Values {
    const now = new Date(this.clock.now()).toISOString()
    return this.#known({ createdAt: now, updatedAt: now, createdById: this.author, updatedById: this.author })
  }

  #change(): Values {
    return this.#known({ updatedAt: new Date(this.clock.now()).toISOString(), updatedById: this.author })
  }

  /** Collections may do without timestamps and authors. */
  #known(values: Values): Values {
    return Object.fromEntries(Object.entries(values).filter(([name]) => this.collection.fields.has(name)))
  }
}
