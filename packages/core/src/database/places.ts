import type { CompiledCollection } from './collection.js'
import type { Transaction } from './executor.js'
import { compileFilter } from './filter/compile-filter.js'
import type { Condition } from './filter/condition.js'
import { Parameters, quote } from './sql.js'
import { lockField } from './table-values.js'

export interface Place {
  readonly id: unknown
  /** Null: after all that have one. */
  readonly place: unknown
}

/**
 * The order of a collection's records, in its sort field. Records change places among themselves: those outside of the
 * rows that the caller may touch keep theirs.
 */
export class Places {
  readonly #table: string
  readonly #column: string

  constructor(
    private readonly transaction: Transaction,
    private readonly collection: CompiledCollection,
    private readonly field: string,
    /** The rows that may be touched. */
    private readonly rows: Condition,
  ) {
    this.#table = quote(collection.name)
    this.#column = quote(field)
  }

  /** Nobody else moves records, or gets a number, until the transaction ends. */
  lock(): Promise<void> {
    return lockField(this.transaction, this.collection, this.field)
  }

  async find(condition: Condition): Promise<Place | undefined> {
    const parameters = new Parameters()
    const where = compileFilter({ type: 'all', conditions: [condition, this.rows] }, parameters, this.collection.name)
    const text = `SELECT id, ${this.#column} AS "place" FROM ${this.#table} WHERE ${where}`
    return this.#one(text, parameters)
  }

  async first(): Promise<Place | undefined> {
    const parameters = new Parameters()
    const text = `SELECT id, ${this.#column} AS "place" FROM ${this.#table} WHERE ${this.#mine(parameters)}
      ORDER BY ${this.#column}, id LIMIT 1`
    return this.#one(text, parameters)
  }

  /** The neighbour of a record. */
  async beside({ id, place }: Place, side: 'before' | 'after'): Promise<Place | undefined> {
    const parameters = new Parameters()
    const [sign, direction] = side === 'before' ? ['<', 'DESC'] : ['>', '']
    const mine = this.#mine(parameters)
    const text = `SELECT id, ${this.#column} AS "place" FROM ${this.#table}
      WHERE ${mine} AND (${this.#column}, id) ${sign} (${parameters.add(place)}::bigint, ${parameters.add(id)}::bigint)
      ORDER BY ${this.#column} ${direction}, id ${direction} LIMIT 1`
    return this.#one(text, parameters)
  }

  /** Puts one record where another one is; those between move up to fill the gap. */
  async put(record: Place, target: Place): Promise<void> {
    const parameters = new Parameters()
    const isDown = Number(record.place) < Number(target.place)
    const [low, high] = isDown ? [record, target] : [target, record]
    const mine = this.#mine(parameters)
    const column = this.#column
    const between = `${column} BETWEEN ${parameters.add(low.place)}::bigint AND ${parameters.add(high.place)}::bigint`
    // Down: the first of them gets the last place, and every other one the place before it. Up: the other way round.
    const step = isDown ? 'part.total - 2' : '0'
    const text = `WITH part AS (
        SELECT id AS record, ${column} AS place, row_number() OVER (ORDER BY ${column}) AS rank, count(*) OVER () AS total
        FROM ${this.#table} WHERE ${mine} AND ${between}),
      moved AS (
        SELECT part.record, other.place FROM part
        JOIN part AS other ON other.rank = (part.rank + ${step} + part.total) % part.total + 1)
      UPDATE ${this.#table} SET ${column} = moved.place FROM moved WHERE ${this.#table}.id = moved.record`
    await this.transaction.run({ text, values: parameters.values })
  }

  /** Has every record between two places one of its own? */
  async areDistinct(one: Place, other: Place): Promise<boolean> {
    if (one.place === null || other.place === null) return false
    const parameters = new Parameters()
    const [a, b] = [parameters.add(one.place), parameters.add(other.place)]
    const text = `SELECT count(*) = count(DISTINCT ${this.#column}) AS "distinct" FROM ${this.#table}
      WHERE ${this.#column} BETWEEN least(${a}::bigint, ${b}::bigint) AND greatest(${a}::bigint, ${b}::bigint)`
    const { rows } = await this.transaction.run({ text, values: parameters.values })
    return rows[0]?.['distinct'] === true
  }

  /** Gives all records numbers again, in the order that they have: some had none, or several the same. */
  async renumber(): Promise<void> {
    const column = this.#column
    const text = `UPDATE ${this.#table} SET ${column} = numbered.place
      FROM (SELECT id AS record, row_number() OVER (ORDER BY ${column}, id) AS place FROM ${this.#table}) AS numbered
      WHERE ${this.#table}.id = numbered.record AND ${this.#table}.${column} IS DISTINCT FROM numbered.place`
    await this.transaction.run({ text, values: [] })
  }

  #mine(parameters: Parameters): string {
    return compileFilter(this.rows, parameters, this.collection.name)
  }

  async #one(text: string, parameters: Parameters): Promise<Place | undefined> {
    const { rows } = await this.transaction.run({ text, values: parameters.values })
    return rows[0] && { id: rows[0]['id'], place: rows[0]['place'] }
  }
}
