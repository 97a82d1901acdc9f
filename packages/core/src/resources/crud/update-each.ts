import { rowsOf } from '../../acl/permission.js'
import type { AnyRow } from '../../database/collection.js'
import type { Executor } from '../../database/executor.js'
import { allOf } from '../../database/filter/condition.js'
import { isAmong, isEqual } from '../../database/filter/tests.js'
import { AppError, combineErrors } from '../../kernel/errors.js'
import { notFound, wire } from '../../kernel/wire-errors.js'
import { mostFaults, type Values } from '../../schema/shape.js'
import { isObject, parameter } from '../parameters.js'
import { within } from '../relations/nested.js'
import { tkValue } from '../target.js'
import { Write } from '../write.js'
import type { CrudCall, Written } from './crud.js'
import { withoutSame } from './server-members.js'
import { changesOf, writeChanges, type Changes } from './writing.js'

/** One record of a body, and what is to become of it. */
interface Item {
  /** Where it stands in the body: `2` for the third. */
  readonly prefix: string
  readonly key: unknown
  readonly values: Values
}

interface Found extends Item {
  readonly row: AnyRow
}

interface Checked extends Found {
  readonly changes: Changes
}

/** The list says which records are meant; nothing else may. @throws 400 */
function refuseOtherChoice({ call, toOne = false }: CrudCall): void {
  if (call.key !== undefined || toOne) {
    throw wire.INVALID_VALUE({ problem: 'the changes of one record must be a JSON object' })
  }
  for (const name of ['filterByTk', 'filter']) {
    if (parameter(call, name, false).value === undefined) continue
    throw wire
      .INVALID_QUERY({ problem: `a list of records names them by itself: ${name} cannot be given too` })
      .at(name)
  }
}

/** @throws 400 for a record without its key, or one that stands in the list twice; 404 for what cannot be a key */
function itemsOf({ collection, context }: CrudCall, body: readonly unknown[]): Item[] {
  const { name } = collection.targetKey
  const { bulk } = context.limits
  if (body.length > bulk) throw wire.INVALID_VALUE({ problem: `at most ${bulk} records can be changed at once` })
  const seen = new Map<string, string>()
  return body.map((record, index) => {
    const prefix = String(index)
    if (!isObject(record)) throw wire.INVALID_VALUE({ problem: 'a record must be a JSON object' }).at(prefix)
    const { [name]: given, ...values } = record
    if (given === undefined || given === null) {
      throw wire
        .INVALID_VALUE({ problem: `${name} says which record is changed, and is required` })
        .at(`${prefix}.${name}`)
    }
    const key = keyAt(collection, given, `${prefix}.${name}`)
    const before = seen.get(String(key))
    if (before !== undefined) {
      throw wire
        .INVALID_VALUE({ problem: `the record ${before} of the list has the same ${name}` })
        .at(`${prefix}.${name}`)
    }
    seen.set(String(key), prefix)
    return { prefix, key, values }
  })
}

function keyAt(collection: CrudCall['collection'], given: unknown, path: string): unknown {
  try {
    return tkValue(collection, given)
  } catch (error) {
    throw error instanceof AppError ? error.at(path) : error
  }
}

/** The records as they are, locked in one order whatever that of the list. @throws 404 when one of them is missing */
async function foundRows(crud: CrudCall, write: Write, executor: Executor, items: readonly Item[]): Promise<Found[]> {
  const { call, collection } = crud
  const { targetKey } = collection
  const keys = items.map(({ key }) => key)
  const condition = allOf(
    isAmong(targetKey, keys),
    rowsOf(call.permission, collection, call.principal, call.clock.now()),
  )
  const fields = [...new Set([...collection.visible, targetKey.name])]
  const sort = [{ field: 'id', descending: false }]
  const rows = await write.records(executor).select({ fields, condition, sort, locked: true })
  const byKey = new Map(rows.map((row) => [String(row[targetKey.name]), row]))
  return items.map((item) => {
    const row = byKey.get(String(item.key))
    if (!row) throw notFound().at(`${item.prefix}.${targetKey.name}`)
    return { ...item, row }
  })
}

/** Every record checked, or an error that names the faults of all of them. */
async function checkedItems(crud: CrudCall, write: Write, items: readonly Found[]): Promise<Checked[]> {
  const faults: AppError[] = []
  const checked: Checked[] = []
  for (const item of items) {
    if (faults.length >= mostFaults) break
    try {
      const body = await withoutSame(crud, write, [item.row], item.values)
      checked.push({ ...item, changes: await within(item.prefix, () => changesOf(crud, write, body)) })
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error
      faults.push(...(error.all ?? [error]))
    }
  }
  const [first, ...rest] = faults
  if (first) throw combineErrors([first, ...rest])
  return checked
}

/** Changes several records, each with values of its own: all of them or none. */
export async function updateEach(outer: CrudCall, body: readonly unknown[]): Promise<Written> {
  refuseOtherChoice(outer)
  const items = itemsOf(outer, body)
  if (items.length === 0) return { rows: [], shown: [] }
  const { call, collection, context, readPermission } = outer
  const write = new Write(context, collection, call, readPermission)
  const updated = await write.run(true, async (executor) => {
    const crud: CrudCall = { ...outer, context: { ...context, executor } }
    const checked = await checkedItems(crud, write, await foundRows(crud, write, executor, items))
    const rows: AnyRow[] = []
    const id = collection.fields.get('id')
    if (!id) throw new Error('every collection has an id')
    // One after the other, so that what a hook asks of the database is what the ones before have left.
    for (const { prefix, row, changes } of checked) {
      const condition = isEqual(id, row['id'])
      rows.push(...(await within(prefix, () => writeChanges(crud, write, executor, condition, changes))))
    }
    await write.written(executor, rows, checked.find(({ changes }) => changes.imported)?.changes.imported)
    const names = [collection.targetKey.name, ...checked.flatMap(({ changes }) => changes.names)]
    return { rows, shown: await write.shown(executor, rows, names) }
  })
  write.tell(updated.rows)
  return updated
}
