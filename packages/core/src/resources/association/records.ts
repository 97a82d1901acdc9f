import { confine } from '../../acl/permission.js'
import type { AnyRow } from '../../database/collection.js'
import type { Executor } from '../../database/executor.js'
import { Records } from '../../database/records.js'
import { isAmong } from '../../database/filter/tests.js'
import { wire } from '../../kernel/wire-errors.js'
import type { ActionCall, Reply } from '../action.js'
import { create } from '../crud/create.js'
import type { CrudAction, CrudCall } from '../crud/crud.js'
import { destroy } from '../crud/destroy.js'
import { get } from '../crud/get.js'
import { list } from '../crud/list.js'
import { update } from '../crud/update.js'
import { insertedReply, insertRecords, updateRecords } from '../crud/writing.js'
import { isObject } from '../parameters.js'
import { findReading } from '../rights.js'
import type { AssociationAction, AssociationCall } from './association.js'
import type { Linkable } from './linked-ids.js'
import { LinkRight } from './link-rights.js'
import { Linking, refuseKeyless, refuseReadOnly } from './linking.js'
import { parentOf, relatedTo, type Parent } from './parent.js'

/** The same call on the target, for the records of one parent. */
function crudCall(association: AssociationCall, action: CrudAction, parent: Parent, executor: Executor): CrudCall {
  const { call, relation, context, rights } = association
  const { target, type, there, many, link } = relation
  const owned = type === 'hasOne' || type === 'hasMany'
  const values = action.name === 'create' && owned ? { [there.name]: parent.key } : {}
  // What is only about to be related cannot be among the related yet.
  const permission =
    action.name === 'create'
      ? { ...call.permission, values: { ...call.permission.values, ...values } }
      : confine(call.permission, relatedTo(relation, parent))
  const inner: ActionCall = { ...call, resource: target.name, action: action.name, sourceId: undefined, permission }
  const readPermission = action.reads ? permission : findReading(rights, target.name)
  return {
    call: inner,
    collection: target,
    context: { ...context, executor },
    readPermission,
    rights,
    toOne: !many,
    ...(link ? { linked: { link, there, key: parent.key } } : {}),
  }
}

/** A body that says another parent than the address contradicts it. @throws 400 INVALID_VALUE */
function refuseOtherParent({ call, relation }: AssociationCall, { key }: Parent): void {
  const { type, source, target, there } = relation
  if (type !== 'hasOne' && type !== 'hasMany') return
  const body: readonly unknown[] = Array.isArray(call.body) ? call.body : [call.body]
  const leadingBack = [...target.relations.values()].filter(
    (back) => back.type === 'belongsTo' && back.foreignKey === there.name && back.target === source.name,
  )
  const names = [there.name, ...leadingBack.map(({ name }) => name)]
  for (const [index, record] of body.entries()) {
    if (!isObject(record)) continue
    const name = names.find((member) => Object.hasOwn(record, member) && !isSame(record[member], key))
    if (name === undefined) continue
    const path = Array.isArray(call.body) ? `${index}.${name}` : name
    throw wire.INVALID_VALUE({ problem: `${name} is not the parent that the address names` }).at(path)
  }
}

const isSame = (value: unknown, key: unknown): boolean =>
  (typeof value === 'number' || typeof value === 'string') && String(value) === String(key)

const readingOf =
  (action: CrudAction) =>
  async (association: AssociationCall): Promise<Reply> => {
    const { executor } = association.context
    return action.run(crudCall(association, action, await parentOf(association, executor), executor))
  }

const writingOf =
  (action: CrudAction) =>
  (association: AssociationCall): Promise<Reply> =>
    association.context.executor.transaction(async (executor) => {
      const parent = await parentOf(association, executor, { locked: true })
      refuseOtherParent(association, parent)
      return action.run(crudCall(association, action, parent, executor))
    })

/** A new record where the key is the source's own, or a link's, is related once it is there. */
async function createRelated(association: AssociationCall): Promise<Reply> {
  const { context, relation } = association
  const isOwned = relation.type === 'hasOne' || relation.type === 'hasMany'
  if (isOwned) refuseReadOnly(relation.there)
  return context.executor.transaction(async (executor) => {
    const parent = await parentOf(association, executor, { locked: true })
    refuseKeyless(association, parent)
    refuseOtherParent(association, parent)
    const right = new LinkRight(association, executor, parent)
    const linking = new Linking(association, executor, parent, updateRecords)
    if (relation.link) await right.require('add', 'create')
    if (isOwned) await permitKey(association, right)
    if (relation.type === 'hasOne') await linking.remove(await linking.current())
    const crud = crudCall(association, create, parent, executor)
    const inserted = await insertRecords(crud)
    if (!isOwned) await linking.add(await linkables(association, executor, inserted.rows))
    return insertedReply(crud, inserted)
  })
}

/** The key that relates a new record is a field of it: without the right to that it takes the right to relate. */
async function permitKey({ call, relation }: AssociationCall, right: LinkRight): Promise<void> {
  if (call.permission.fields?.has(relation.there.name) === false) await right.require('add', 'create')
}

/** Records that were just made, with the values that the relation goes by. */
async function linkables({ relation, context }: AssociationCall, executor: Executor, rows: readonly AnyRow[]) {
  const { target, there } = relation
  const id = target.fields.get('id')
  if (!id || rows.length === 0) return []
  const condition = isAmong(
    id,
    rows.map((row) => row['id']),
  )
  const fields = [...new Set(['id', there.name])]
  const found = await new Records(target, executor, context.clock, null).select({ fields, condition, varied: true })
  return found.map((row): Linkable => ({ id: row['id'], key: row[there.name] }))
}

const recordsAction = (action: CrudAction, run: AssociationAction['run']): AssociationAction => ({
  name: action.name,
  summary: action.summary,
  reads: action.reads,
  links: false,
  run,
})

export const recordActions: readonly AssociationAction[] = [
  recordsAction(list, readingOf(list)),
  recordsAction(get, readingOf(get)),
  recordsAction(create, createRelated),
  recordsAction(update, writingOf(update)),
  recordsAction(destroy, writingOf(destroy)),
]

/** Of one record there is no list: it is that record. */
export const recordOfOne = recordsAction({ ...get, name: 'list' }, readingOf(get))
