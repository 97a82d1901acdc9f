import { hasRowRules, intersect, rowsOf } from '../acl/permission.js'
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
import { readableFields } from './readable.js'

/** One writing call on a collection: its records, its hooks, its event. */
export class Write {
  readonly #key: string

  constructor(
    private readonly context: ResourceContext,
    private readonly collection: CompiledCollection,
    private readonly call: ActionCall,
    /** What the caller may read, when he may: what he wrote is shown to him as far as that goes. */
    private readonly readPermission = call.permission,
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
  run<T>(inTransaction: boolean, work: (executor: Executor) => Promise<T>): Promise<T> {
    return inTransaction ? this.context.executor.transaction(work) : work(this.context.executor)
  }

  records(executor: Executor): Records {
    return new Records(this.collection, executor, this.context.clock, this.call.principal.userId)
  }

  /** What the answer shows. */
  get returned(): readonly string[] {
    return readableFields(this.collection, this.readPermission)
  }

  async hook(executor: Executor, values: Record<string, unknown>, condition?: Condition): Promise<void> {
    if (!this.context.hooks.has(this.#key)) return
    const { resource, action, principal, key } = this.call
    const { collections, clock } = this.context
    const db = createHandle({ executor, collections, clock, author: principal.userId })
    const targets = async (): Promise<AnyRow[]> =>
      condition ? this.records(executor).select({ fields: this.collection.visible, condition }) : []
    const call: HookCall = { resource, action, principal, key, values, targets, db }
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
    const { resource, action, principal, key } = this.call
    const { collections, clock } = this.context
    const db = createHandle({ executor, collections, clock, author: principal.userId })
    await this.context.written.run(this.#key, { resource, action, principal, key, records: rows, db })
  }

  /** Tells the listeners: after the commit, where there is a transaction. */
  tell(records: readonly AnyRow[]): void {
    if (!this.context.events.has(this.#key)) return
    const { resource, action, principal, key } = this.call
    const event: ActionEvent = { resource, action, principal, key, records }
    const emit = (): void => this.context.events.emit(this.#key, event)
    if (isTransaction(this.context.executor)) this.context.executor.afterCommit(emit)
    else emit()
  }

  /** What was written must be among the rows that the caller may touch: nobody writes himself out of his rules. */
  async #checkRows(executor: Executor, rows: readonly AnyRow[]): Promise<void> {
    if (!hasRowRules(this.call.permission) || rows.length === 0) return
    const id = this.collection.fields.get('id')
    const among = operators.get('$in')
    if (!id || !among) throw new Error('every collection has an id')
    const written = { type: 'test' as const, field: id, operator: among, operand: rows.map((row) => row['id']) }
    const condition = allOf(written, rowsOf(this.call.permission, this.collection, this.call.principal))
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
      .filter((name) => writable && !writable.has(name) && this.collection.fields.has(name))
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

/** What a writing caller is shown: what he may read, or, when he may not read at all, what he may write. */
export const shownAfterWriting = (
  call: ActionCall,
  read: ActionCall['permission'] | undefined,
): ActionCall['permission'] => (read ? { ...read, fields: intersect(read.fields, undefined) } : call.permission)
