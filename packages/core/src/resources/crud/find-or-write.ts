import { rowsOf } from '../../acl/permission.js'
import { lockName } from '../../database/advisory-lock.js'
import type { AnyRow, CompiledCollection } from '../../database/collection.js'
import type { Transaction } from '../../database/executor.js'
import { allOf, type Condition } from '../../database/filter/condition.js'
import { operators } from '../../database/filter/operators.js'
import { inSavepoint } from '../../database/savepoint.js'
import { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import { checkValues, type CompiledField, type Values } from '../../schema/shape.js'
import { Reply, type ActionCall } from '../action.js'
import { isObject, listParameter, parameter } from '../parameters.js'
import { readableSet } from '../readable.js'
import { Write } from '../write.js'
import { create } from './create.js'
import type { CrudCall } from './crud.js'

/** What is done with the record that the keys find. @returns undefined when it is gone meanwhile */
export type WithFound = (crud: CrudCall, row: AnyRow, keys: readonly string[]) => Promise<unknown>

const invalid = (problem: string) => wire.INVALID_FIELDS({ problem }).at('filterKeys')

/** The fields that say which record is meant; finding by a field is reading it. @throws 400, 403 */
function keyFields({ call, collection, readPermission }: CrudCall): readonly CompiledField[] {
  const names = [...new Set(listParameter(parameter(call, 'filterKeys', false), invalid) ?? [])]
  if (names.length === 0) {
    throw wire.INVALID_QUERY({ problem: 'filterKeys says which fields find the record' }).at('filterKeys')
  }
  // Whoever may not read finds by what he may write: to find is what the action was granted for.
  const readable = readableSet(collection, readPermission ?? call.permission)
  return names.map((name) => {
    const field = collection.fields.get(name)
    if (!field || field.options.hidden === true) throw invalid(`there is no field "${name}"`)
    if (readable?.has(name) !== false) return field
    throw wire.NO_PERMISSION({ target: `the field ${collection.name}.${name}` }).at('filterKeys')
  })
}

/** The values of the keys, once all of the body is known to be right. @throws 400 */
function keyValues(write: Write, { call, collection }: CrudCall, keys: readonly CompiledField[]): Values {
  if (!isObject(call.body)) throw wire.INVALID_VALUE({ problem: 'the record must be a JSON object' })
  const own = Object.entries(write.admit(call.body)).filter(([name]) => !collection.relations.has(name))
  const values = { ...checkValues(collection.fields, Object.fromEntries(own)), ...call.permission.values }
  for (const { name } of keys) {
    if (values[name] === undefined) {
      throw wire.INVALID_VALUE({ problem: `${name} is one of the filterKeys and must be given` }).at(name)
    }
  }
  return values
}

/** Equal for values that are equal in the database, however they are written. */
function lockText({ kind }: CompiledField, value: unknown): string {
  if (value === null || kind.operators === 'json' || kind.operators === 'array') return ''
  return kind.operators === 'number' ? String(Number(value)) : JSON.stringify(value)
}

function conditionOf({ call, collection, readPermission }: CrudCall, keys: readonly CompiledField[], values: Values) {
  const equals = operators.get('$eq')
  if (!equals) throw new Error('the operator $eq is there')
  const tests = keys.map((field): Condition => ({ type: 'test', field, operator: equals, operand: values[field.name] }))
  const rows = (permission: ActionCall['permission']) => rowsOf(permission, collection, call.principal)
  return allOf(...tests, rows(call.permission), ...(readPermission ? [rows(readPermission)] : []))
}

async function findRow(write: Write, transaction: Transaction, collection: CompiledCollection, condition: Condition) {
  const fields = [...new Set([...collection.visible, collection.targetKey.name])]
  const sort = [{ field: 'id', descending: false }]
  const [row] = await write.records(transaction).select({ fields, condition, sort, limit: 1 })
  return row
}

const isConflict = (error: unknown): boolean => error instanceof AppError && error.status === 409

export const dataOf = ({ body }: Reply): unknown => (isObject(body) ? body['data'] : undefined)

/**
 * Finds the record that has the values of the keys, or creates it. Of calls with the same keys one goes after the
 * other, so that all of them mean one record. What the caller may not see is not there for him.
 */
export async function findOrWrite(crud: CrudCall, withFound: WithFound): Promise<Reply> {
  const { call, collection, context, readPermission } = crud
  const write = new Write(context, collection, call, readPermission)
  const keys = keyFields(crud)
  const values = keyValues(write, crud, keys)
  const condition = conditionOf(crud, keys, values)
  const names = keys.map(({ name }) => name)
  const lock = JSON.stringify([
    collection.name,
    ...keys.map((key) => [key.name, lockText(key, values[key.name])]).sort(),
  ])
  const data = await context.executor.transaction(async (transaction) => {
    await lockName(transaction, 'records', lock)
    const inner: CrudCall = { ...crud, context: { ...context, executor: transaction } }
    const found = async (): Promise<unknown> => {
      const row = await findRow(write, transaction, collection, condition)
      return row && withFound(inner, row, names)
    }
    const made = async (): Promise<unknown> =>
      dataOf(await create.run({ ...inner, call: { ...call, action: 'create' } }))
    // A plain create takes no such lock: who comes too late for it finds what it made.
    return (
      (await found()) ??
      inSavepoint(transaction, made).catch(async (error: unknown) => {
        const late = isConflict(error) ? await found() : undefined
        if (late === undefined) throw error
        return late
      })
    )
  })
  return new Reply({ data })
}
