import { isDeepStrictEqual } from 'node:util'
import { hasRowRules, rowsOf, type Permission } from '../acl/permission.js'
import type { AnyRow, CompiledCollection } from '../database/collection.js'
import { isTransaction, type Executor } from '../database/executor.js'
import { createHandle } from '../database/handle.js'
import { allOf, type Condition } from '../database/filter/condition.js'
import { operators } from '../database/filter/operators.js'
import { Records } from '../database/records.js'
import { combineErrors } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import type { Values } from '../schema/shape.js'
import type { ActionCall } from './action.js'
import type { ResourceContext } from './context.js'
import type { ActionEvent, HookCall } from './hook-call.js'
import { listParameter, parameter } from './parameters.js'
import { discreet } from './discreet.js'
import { readableFields } from './readable.js'

/** One writing call on a collection: its records, its hooks, its event. */
export class Write {
  readonly #key: string

  constructor(
    private readonly context: ResourceContext,
    private readonly collection: CompiledCollection,
    private readonly call: ActionCall,
    /** What the caller may read; undefined when he may not read at all. */
    private readonly readPermission: Permission | undefined,
  ) {
    this.#key = `${call.resource}:${call.action}`
  }

  /** Hooks run inside the transaction, and row rules are checked on what was written: both need one. */
  get needsTransaction(): boolean {
    return this.hasHooks || hasRowRules(this.call.permission)
  }

  get hasHooks(): boolean {
    return this.context.hooks.has(this.#key) || this.context.written.has(this.#key)
  }

  /** One statement needs no transaction around it. */
  async run<T>(inTransaction: boolean, work: (executor: Executor) => Promise<T>): Promise<T> {
    try {
      return await (inTransaction ? this.context.executor.transaction(work) : work(this.context.executor))
    } catch (error) {
      throw discreet(error, this.call.rights)
    }
  }

  records(executor: Executor): Records {
    return new Records(this.collection, executor, this.context.clock, this.call.principal.userId)
  }

  /** What hooks and listeners get: all that may leave the server. */
  get returned(): readonly string[] {
    return this.collection.visible
  }

  /**
   * What the answer shows of the records that were written: fields and rows that the caller may read. Who may not read
   * at all sees what he wrote himself, and which record it is.
   */
  async shown(
    executor: Executor,
    rows: readonly AnyRow[],
    writtenNames: readonly string[],
  ): Promise<readonly AnyRow[]> {
    const read = this.readPermission
    if (!read) return project(rows, ['id', this.collection.targetKey.name, ...writtenNames])
    const fields = readableFields(this.collection, read)
    const visible = await this.#readableRows(executor, rows, read)
    return fields === this.collection.visible ? visible : project(visible, fields)
  }

  async #readableRows(executor: Executor, rows: readonly AnyRow[], read: Permission): Promise<readonly AnyRow[]> {
    const { permission } = this.call
    // Rows that were written are within the rules for writing; mostly those for reading are the same.
    if (!hasRowRules(read) || rows.length === 0 || sameRowRules(read, permission)) return rows
    const condition = allOf(this.#among(rows), this.#rowsOf(read))
    const visible = await this.records(executor).select({ fields: ['id'], condition })
    const ids = new Set(visible.map((row) => row['id']))
    return rows.filter((row) => ids.has(row['id']))
  }

  #rowsOf(permission: Permission): Condition {
    return rowsOf(permission, this.collection, this.call.principal, this.call.clock.now())
  }

  #among(rows: readonly AnyRow[]): Condition {
    const id = this.collection.fields.get('id')
    const among = operators.get('$in')
    if (!id || !among) throw new Error('every collection has an id')
    return { type: 'test', field: id, operator: among, operand: rows.map((row) => row['id']) }
  }

  async hook(executor: Executor, values: Record<string, unknown>, condition?: Condition): Promise<void> {
    if (!this.context.hooks.has(this.#key)) return
    const { resource, action, principal, key, request } = this.call
    const { collections, clock } = this.context
    const db = createHandle({ executor, collections, clock, author: principal.userId })
    const targets = async (): Promise<AnyRow[]> =>
      condition ? this.records(executor).select({ fields: this.collection.visible, condition }) : []
    const call: HookCall = { resource, action, principal, key, values, targets, db, request }
    await this.context.hooks.run(this.#key, call)
  }

  /** Inside the transaction: what was written must be allowed, and plugins may add to it. */
  async written(executor: Executor, rows: readonly AnyRow[]): Promise<void> {
    await this.#checkRows(executor, rows)
    await this.deleted(executor, rows)
  }

  /** The same for records that are gone. */
  async deleted(executor: Executor, rows: readonly AnyRow[]): Promise<void> {
    if (!this.context.written.has(this.#key)) return
    const { resource, action, principal, key, request } = this.call
    const { collections, clock } = this.context
    const db = createHandle({ executor, collections, clock, author: principal.userId })
    await this.context.written.run(this.#key, { resource, action, principal, key, records: rows, db, request })
  }

  /** Tells the listeners: after the commit, where there is a transaction. */
  tell(records: readonly AnyRow[]): void {
    if (!this.context.events.has(this.#key)) return
    const { resource, action, principal, key, request } = this.call
    const event: ActionEvent = { resource, action, principal, key, records, request }
    const emit = (): void => this.context.events.emit(this.#key, event)
    if (isTransaction(this.context.executor)) this.context.executor.afterCommit(emit)
    else emit()
  }

  /** What was written must be among the rows that the caller may touch: nobody writes himself out of his rules. */
  async #checkRows(executor: Executor, rows: readonly AnyRow[]): Promise<void> {
    if (!hasRowRules(this.call.permission) || rows.length === 0) return
    const condition = allOf(this.#among(rows), this.#rowsOf(this.call.permission))
    if ((await this.records(executor).count(condition)) < rows.length) {
      throw wire.NO_PERMISSION({ target: `a record with these values in ${this.call.resource}` })
    }
  }

  /** Drops what `whitelist` and `blacklist` leave out, and refuses fields that the caller may not write. */
  admit(record: Values, prefix = ''): Values {
    const names = (name: string) =>
      listParameter(parameter(this.call, name, false), (problem) => wire.INVALID_FIELDS({ problem }).at(name))
    const [only, without] = [names('whitelist'), names('blacklist')]
    const kept = Object.keys(record).filter((name) => (!only || only.includes(name)) && !without?.includes(name))
    const writable = this.call.permission.fields
    const faults = kept
      .filter((name) => writable && !writable.has(name) && isMember(this.collection, name))
      .map((name) =>
        wire
          .NO_PERMISSION({ target: `the field ${this.call.resource}.${name}` })
          .at(prefix === '' ? name : `${prefix}.${name}`),
      )
    const [first, ...rest] = faults
    if (first) throw combineErrors([first, ...rest])
    return Object.fromEntries(kept.map((name) => [name, record[name]]))
  }
}

const isMember = ({ fields, relations }: CompiledCollection, name: string): boolean =>
  fields.has(name) || relations.has(name)

const sameRowRules = (a: Permission, b: Permission): boolean =>
  isDeepStrictEqual([a.anyOf, a.allOf, a.within], [b.anyOf, b.allOf, b.within])

/** The members of records that are in a list, in the order of the wire. */
function project(rows: readonly AnyRow[], names: readonly string[]): readonly AnyRow[] {
  const wanted = new Set(names)
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => wanted.has(name))))
}
