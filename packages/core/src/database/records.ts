import type { Clock } from '../kernel/clock.js'
import { AppError } from '../kernel/errors.js'
import type { AnyRow, CompiledCollection } from './collection.js'
import type { Executor } from './executor.js'
import type { Condition } from './filter/condition.js'
import { unavailable } from './postgres-errors.js'
import {
  countStatement,
  deleteStatement,
  insertStatement,
  recordsPerInsert,
  selectStatement,
  updateStatement,
  type Selection,
} from './query.js'

export type Values = Readonly<Record<string, unknown>>

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

  async insert(records: readonly Values[], returning: readonly string[]): Promise<AnyRow[]> {
    const stamped = records.map((record) => ({ ...this.#creation(), ...record }))
    const size = recordsPerInsert(this.collection)
    const rows: AnyRow[] = []
    for (let start = 0; start < stamped.length; start += size) {
      const chunk = stamped.slice(start, start + size)
      const statement = insertStatement(this.collection, chunk, returning)
      rows.push(...(await this.executor.run(statement).catch((error: unknown) => this.#refuse(error))).rows)
    }
    return rows
  }

  async update(condition: Condition, values: Values, returning: readonly string[]): Promise<AnyRow[]> {
    const stamped = { ...values, ...this.#change() }
    if (Object.keys(stamped).length === 0) return this.select({ fields: returning, condition })
    return (await this.executor.run(updateStatement(this.collection, condition, stamped, returning))).rows
  }

  async delete(condition: Condition, returning: readonly string[] = ['id']): Promise<AnyRow[]> {
    return (await this.executor.run(deleteStatement(this.collection, condition, returning))).rows
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
