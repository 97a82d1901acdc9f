import type { Transaction } from '../database/executor.js'
import { executorOf } from '../database/handle.js'
import { readCollections, saveCollection, type CollectionRecord } from '../database/runtime-collections.js'
import { dropTable, ensureTable, tableExists } from '../database/table.js'
import { wire } from '../kernel/wire-errors.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import { defineAction, type ActionCall, type Actions } from '../resources/action.js'
import type { ResourceContext } from '../resources/context.js'
import { flagParameter, parameter } from '../resources/parameters.js'
import {
  applyDefinition,
  applyFields,
  compileRecord,
  refuseLoss,
  rowCount,
  serverFields,
} from './collection-changes.js'
import { changesSchema, checkFields, checkIndexes, checkName } from './collection-definition.js'
import { CollectionDrafts } from './collection-drafts.js'
import { changeCollections, findCollection, isForced } from './collection-support.js'
import { collectionView, listDefinitions } from './definition-list.js'
import { changeOptions, changes, creation, sortOptions, storedOptions } from './divided-collections.js'
import { settledDefinition, settleRelations, usersOf } from './relation-changes.js'
import { definitionDocuments, collectionForm } from './documented-forms.js'

const documents = definitionDocuments(collectionForm)

const shown = ({ name, definition, createdAt, updatedAt, createdById, updatedById }: CollectionRecord) => {
  const { fields, partition: _partition, ...options } = definition
  return { createdAt, updatedAt, createdById, ...options, fields, name, updatedById }
}

const withoutNulls = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null && value !== undefined))

/** The rest of a collection's own options stays as it was made. */
const changeable = (own: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(own).filter(([name]) => Object.hasOwn(changesSchema.shape, name)))

async function refuseTaken(name: string, host: PluginHost, transaction: Transaction): Promise<void> {
  const isTaken = host.collections.names().includes(name) || host.resources.names().includes(name)
  if (!isTaken && !(await tableExists(transaction, name))) return
  throw wire.CONFLICT({ problem: `The name "${name}" is taken` }).at('name')
}

const create = (host: PluginHost) =>
  defineAction({
    summary: 'Make a collection and its table',
    document: documents.create,
    get input() {
      return creation(host.collections)
    },
    run: async ({ input, db, principal }) => {
      const { name, fields, ...options } = input
      checkName(name)
      if (typeof options.sortable === 'string') checkName(options.sortable, 'sortable')
      const { own, plugins } = sortOptions(options, host.collections)
      const given = { ...withoutNulls(own), ...storedOptions(plugins, host.collections) }
      const server = serverFields({ name, definition: { ...given, fields: [] } })
      const definition = settledDefinition(name, { ...given, fields: checkFields(fields, server) })
      const collection = compileRecord({ name, definition })
      checkIndexes(options.index ?? [], collection.fields)
      return changeCollections(host, db, async (transaction) => {
        await refuseTaken(name, host, transaction)
        await ensureTable(transaction, collection)
        const drafts = await CollectionDrafts.open(transaction, host.collections, principal.userId)
        await drafts.save(name, definition)
        await settleRelations(drafts, name)
        return shown(await findCollection(name, db))
      })
    },
  })

const update = (host: PluginHost) =>
  defineAction({
    summary: 'Change the options of a collection; needs force=true when data would be lost',
    document: documents.update,
    key: true,
    get input() {
      return changes(host.collections)
    },
    run: async (call) => {
      const { input, db, key = '', principal } = call
      if (typeof input.sortable === 'string') checkName(input.sortable, 'sortable')
      const sorted = sortOptions(input, host.collections)
      return changeCollections(host, db, async (transaction) => {
        const found = await findCollection(key, db)
        const divided = await changeOptions(transaction, found, sorted, host.collections)
        const record = { ...found, definition: { ...found.definition, ...divided } }
        const wanted = withoutNulls({ ...record.definition, ...changeable(sorted.own) })
        const definition = { ...wanted, fields: record.definition.fields }
        checkIndexes(input.index ?? [], compileRecord({ name: key, definition }).fields)
        const saved = await applyDefinition(transaction, { record, definition, force: isForced(call) })
        await saveCollection(transaction, key, saved, principal.userId)
        return [shown(await findCollection(key, db))]
      })
    },
  })

/** The relations of other collections that lead to one which goes: they go with it. @throws 409 without `force` */
async function dropUsers(drafts: CollectionDrafts, name: string, force: boolean): Promise<void> {
  const users = usersOf(drafts, name)
  if (users.length === 0) return
  const paths = users.map(({ collection, relation }) => `${collection.name}.${relation.name}`).join(', ')
  const isCode = users.some(({ collection }) => !drafts.definition(collection.name))
  if (isCode || !force) {
    const hint = isCode ? 'a plugin needs it' : 'repeat it with force=true to drop these relations too'
    throw wire.CONFLICT({ problem: `"${name}" is used by ${paths}; ${hint}` })
  }
  for (const { collection, relation } of users) {
    const definition = drafts.definition(collection.name)
    if (!definition) continue
    const record = { name: collection.name, definition }
    const fields = definition.fields.filter((field) => field.name !== relation.name)
    await drafts.save(collection.name, await applyFields(drafts.transaction, { record, fields, force }))
  }
}

async function drop(host: PluginHost, call: ActionCall): Promise<number> {
  const { db, key = '', principal } = call
  return changeCollections(host, db, async (transaction) => {
    await findCollection(key, db)
    const drafts = await CollectionDrafts.open(transaction, host.collections, principal.userId)
    await dropUsers(drafts, key, isForced(call))
    refuseLoss(`Dropping the collection "${key}"`, await rowCount(transaction, key), isForced(call))
    await dropTable(transaction, key)
    await drafts.remove(key)
    return 1
  })
}

/** `collections:*` */
export const collectionActions = (host: PluginHost, context: ResourceContext): Actions => ({
  list: defineAction({
    summary: 'List the collections made at run time',
    document: { ...documents.list, parameters: [...documents.list.parameters, 'hidden'] },
    reads: true,
    run: async (call) => {
      const all = await readCollections(executorOf(call.db))
      const withHidden = flagParameter('hidden', parameter(call, 'hidden', true), false)
      const listed = all.filter(({ definition }) => withHidden || definition.hidden !== true)
      return listDefinitions(call, context, collectionView, listed.map(shown))
    },
  }),
  get: defineAction({
    summary: 'Read the definition of a collection',
    document: documents.get,
    reads: true,
    key: true,
    run: async ({ db, key = '' }) => shown(await findCollection(key, db)),
  }),
  create: create(host),
  update: update(host),
  destroy: defineAction({
    summary: 'Drop a collection with its records; needs force=true when it has any',
    document: documents.destroy,
    key: true,
    run: (call) => drop(host, call),
  }),
})
