import { rowsOf } from '../../acl/permission.js'
import type { AnyRow, CompiledCollection } from '../../database/collection.js'
import type { Transaction } from '../../database/executor.js'
import { allOf } from '../../database/filter/condition.js'
import { Places, type Place } from '../../database/places.js'
import { notFound, wire } from '../../kernel/wire-errors.js'
import { Reply, type ActionCall } from '../action.js'
import { flagParameter, parameter } from '../parameters.js'
import { sortFieldOf } from '../../database/sort-field.js'
import { conditionOfTk } from '../target.js'
import { Write } from '../write.js'
import type { CrudAction, CrudCall } from './crud.js'

/** Where the record goes: before or after the target; without either, to where the target is. */
type Method = 'insertAfter' | 'prepend' | undefined

interface Move {
  readonly sourceId: unknown
  /** Undefined: to the top. */
  readonly targetId: unknown
  readonly method: Method
}

const invalid = (problem: string, path: string) => wire.INVALID_QUERY({ problem }).at(path)

function methodOf(value: unknown): Method {
  if (value === undefined || value === 'insertAfter' || value === 'prepend') return value
  throw invalid('method must be insertAfter or prepend', 'method')
}

/** @throws 400 INVALID_QUERY */
function moveOf(call: ActionCall): Move {
  const given = (name: string): unknown => {
    const { value } = parameter(call, name, true)
    return value === '' || value === null ? undefined : value
  }
  const [sourceId, targetId, method] = [given('sourceId'), given('targetId'), methodOf(given('method'))]
  const isSticky = flagParameter('sticky', parameter(call, 'sticky', true), false)
  if (sourceId === undefined) throw invalid('sourceId says which record moves', 'sourceId')
  if (targetId === undefined && !isSticky) throw invalid('targetId says where it goes, or sticky=true', 'targetId')
  return { sourceId, targetId: isSticky ? undefined : targetId, method }
}

/** The field that is changed. @throws 400 where the call names another one, 403 when the caller may not write it */
function fieldOf(collection: CompiledCollection, call: ActionCall): string {
  const field = sortFieldOf(collection)
  if (field === undefined) throw notFound()
  const { value: asked } = parameter(call, 'sortField', true)
  if (asked !== undefined && asked !== field) throw invalid(`the records are sorted by "${field}"`, 'sortField')
  if (call.permission.fields && !call.permission.fields.has(field)) {
    throw wire.NO_PERMISSION({ target: `the field ${collection.name}.${field}` })
  }
  return field
}

/** The record whose place is taken: then the moved one stands where the method says. */
async function destination(places: Places, source: Place, target: Place, method: Method): Promise<Place | undefined> {
  const isAbove = Number(source.place) < Number(target.place)
  if (method === 'insertAfter' && !isAbove) return places.beside(target, 'after')
  if (method === 'prepend' && isAbove) return places.beside(target, 'before')
  return target
}

/** @throws 404 when one of the records is not there for the caller */
async function reorder(places: Places, collection: CompiledCollection, move: Move): Promise<void> {
  const ends = async (): Promise<readonly [Place, Place]> => {
    const source = await places.find(conditionOfTk(collection, move.sourceId))
    const target =
      move.targetId === undefined ? await places.first() : await places.find(conditionOfTk(collection, move.targetId))
    if (!source || !target) throw notFound()
    return [source, target]
  }
  let [source, target] = await ends()
  if (source.id === target.id) return
  if (!(await places.areDistinct(source, target))) {
    await places.renumber()
    ;[source, target] = await ends()
  }
  const taken = await destination(places, source, target, move.method)
  if (taken && taken.id !== source.id) await places.put(source, taken)
}

async function run({ call, collection, context, readPermission }: CrudCall): Promise<Reply> {
  const move = moveOf(call)
  const field = fieldOf(collection, call)
  const write = new Write(context, collection, call, readPermission)
  const mine = rowsOf(call.permission, collection, call.principal, call.clock.now())
  const condition = allOf(conditionOfTk(collection, move.sourceId), mine)
  const work = async (transaction: Transaction): Promise<readonly AnyRow[]> => {
    const places = new Places(transaction, collection, field, mine)
    await places.lock()
    await write.hook(transaction, {}, condition)
    await reorder(places, collection, move)
    const rows = await write.records(transaction).update(condition, {}, write.returned)
    await write.written(transaction, rows)
    return rows
  }
  write.tell(await context.executor.transaction(work))
  return new Reply({ data: 'ok' })
}

export const move: CrudAction = {
  name: 'move',
  summary: 'Put a record at another place of a sorted collection',
  reads: false,
  applies: (collection) => sortFieldOf(collection) !== undefined,
  run,
}
