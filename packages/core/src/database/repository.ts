import { checkValues, completeValues } from '../schema/shape.js'
import type { Clock } from '../kernel/clock.js'
import type { Collection, CompiledCollection, Input, Row } from './collection.js'
import type { Executor } from './executor.js'
import { serverTime } from './filter/filter-time.js'
import { parseFilter } from './filter/parse-filter.js'
import { parseSort } from './sort.js'
import { Records } from './records.js'

type Comparable<T> = T extends string ? T | Date : T
type Test<T> = Comparable<T> | null | readonly Comparable<T>[] | { readonly [operator: `$${string}`]: unknown }
/** A filter over the fields of a collection: the language of the HTTP contract (§3), with the collection's own names. */
export type Filter<C> = { readonly [K in keyof Row<C>]?: Test<Row<C>[K]> } & {
  readonly $and?: readonly Filter<C>[]
  readonly $or?: readonly Filter<C>[]
  readonly $not?: Filter<C>
}

export interface Find<C> {
  readonly filter?: Filter<C>
  /** `-createdAt,id` */
  readonly sort?: string
  readonly limit?: number
  readonly offset?: number
}

/** Typed access to the rows of one collection, for code of the server: hidden fields included, no rights applied. */
export interface Repository<C extends Collection> {
  find(options?: Find<C>): Promise<Row<C>[]>
  findOne(options: Find<C>): Promise<Row<C> | undefined>
  count(options?: { readonly filter?: Filter<C> }): Promise<number>
  /** Checks the values as a request's are checked. @throws 400, 409 CONFLICT */
  create(values: Input<C> & Partial<Pick<Row<C>, 'createdById' | 'updatedById'>>): Promise<Row<C>>
  /** Changes every row that the filter selects, and returns them. */
  update(options: { readonly filter: Filter<C>; readonly values: Partial<Input<C>> }): Promise<Row<C>[]>
  /** Deletes every row that the filter selects. @returns how many */
  destroy(options: { readonly filter: Filter<C> }): Promise<number>
}

export interface RepositoryOptions {
  readonly collection: CompiledCollection
  readonly executor: Executor
  readonly clock: Clock
  readonly author: number | null
}

export class CollectionRepository<C extends Collection> implements Repository<C> {
  readonly #collection: CompiledCollection
  readonly #records: Records
  readonly #clock: Clock
  readonly #all: readonly string[]

  constructor({ collection, executor, clock, author }: RepositoryOptions) {
    this.#collection = collection
    this.#records = new Records(collection, executor, clock, author)
    this.#clock = clock
    this.#all = [...collection.fields.keys()]
  }

  async find({ filter, sort, limit, offset }: Find<C> = {}): Promise<Row<C>[]> {
    const rows = await this.#records.select({
      fields: this.#all,
      condition: this.#condition(filter),
      sort: parseSort(this.#collection, sort),
      ...(limit === undefined ? {} : { limit }),
      ...(offset === undefined ? {} : { offset }),
    })
    return rows.map((row) => typedRow<C>(row))
  }

  async findOne(options: Find<C>): Promise<Row<C> | undefined> {
    return (await this.find({ ...options, limit: 1 }))[0]
  }

  async count({ filter }: { readonly filter?: Filter<C> } = {}): Promise<number> {
    return this.#records.count(this.#condition(filter))
  }

  async create(input: Input<C> & Partial<Pick<Row<C>, 'createdById' | 'updatedById'>>): Promise<Row<C>> {
    const values = checkValues(this.#collection.fields, { ...input }, { trusted: true })
    completeValues(this.#collection.fields, values)
    const [row] = await this.#records.insert([values], this.#all)
    return typedRow<C>(row ?? {})
  }

  async update({
    filter,
    values,
  }: {
    readonly filter: Filter<C>
    readonly values: Partial<Input<C>>
  }): Promise<Row<C>[]> {
    const checked = checkValues(this.#collection.fields, { ...values }, { trusted: true })
    const rows = await this.#records.update(this.#condition(filter), checked, this.#all)
    return rows.map((row) => typedRow<C>(row))
  }

  async destroy({ filter }: { readonly filter: Filter<C> }): Promise<number> {
    return (await this.#records.delete(this.#condition(filter))).length
  }

  #condition(filter: Filter<C> | undefined) {
    return parseFilter(this.#collection, filter, { trusted: true, time: serverTime(this.#clock.now()) })
  }
}

/** The one place where rows of the database take the type that their collection declares. */
export function typedRow<C extends Collection>(row: unknown): Row<C> {
  // eslint-disable-next-line no-restricted-syntax -- the columns were made from the same definition as the type
  return row as Row<C>
}
