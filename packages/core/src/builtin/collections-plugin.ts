import { z } from 'zod'
import { takeLock } from '../database/advisory-lock.js'
import type { Transaction } from '../database/executor.js'
import { executorOf, type DatabaseHandle } from '../database/handle.js'
import { readCollection, readCollections, saveCollection, type CollectionRecord } from '../database/runtime-collections.js'
import { dropTable, ensureTable, tableExists } from '../database/table.js'
import { notFound, wire } from '../kernel/wire-errors.js'
import { definePlugin } from '../plugins/plugin.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import { defineAction, Reply, type ActionCall, type Actions } from '../resources/action.js'
import { flagParameter, numberParameter, parameter } from '../resources/parameters.js'
import { applyFields, compileRecord, refuseLoss, rowCount } from './collection-changes.js'
import { changesSchema, checkField, checkFields, checkName, createSchema } from './collection-definition.js'

/** The channel on which nodes learn that collections changed. */
export const collectionsChannel = 'collections'

const shown = ({ name, definition, createdAt, updatedAt, createdById, updatedById }: CollectionRecord) => {
  const { fields, ...options } = definition
  return { createdAt, updatedAt, createdById, ...options, fields, name, updatedById }
}

const isForced = (call: ActionCall): boolean => flagParameter('force', parameter(call, 'force', false), false)

async function find(name: string, db: DatabaseHandle): Promise<CollectionRecord> {
  const record = await readCollection(executorOf(db), name)
  if (!record) throw notFound()
  return record
}

/** A page of what fits into memory. */
function pageOf(call: ActionCall, items: readonly unknown[]): Reply {
  if (!flagParameter('paginate', parameter(call, 'paginate', true), true)) return new Reply({ data: items })
  const page = numberParameter('page', parameter(call, 'page', true), 1, 9_999_999)
  const pageSize = numberParameter('pageSize', parameter(call, 'pageSize', true), 20, 1000)
  const data = items.slice((page - 1) * pageSize, page * pageSize)
  return new Reply({ data, meta: { count: items.length, page, pageSize, totalPage: Math.ceil(items.length / pageSize) } })
}

/** Collections and their fields at run time: each change is one transaction, in force on every node when the call returns. */
class CollectionActions {
  constructor(private readonly host: PluginHost) {}

  /** One change at a time in all nodes; the others are told when it is committed. */
  async #change<T>(db: DatabaseHandle, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return executorOf(db).transaction(async (transaction) => {
      await takeLock(transaction, 'collections')
      const result = await work(transaction)
      await this.host.broadcast.announce(transaction, collectionsChannel, null)
      return result
    })
  }

  async #refuseTaken(name: string, transaction: Transaction): Promise<void> {
    const isTaken = this.host.collections.names().includes(name) || this.host.resources.names().includes(name)
    if (isTaken || (await tableExists(transaction, name))) throw wire.CONFLICT({ problem: `The name "${name}" is taken` }).at('name')
  }

  collections(): Actions {
    return {
      list: defineAction({ summary: 'List the collections made at run time', reads: true, run: async (call) => pageOf(call, (await readCollections(executorOf(call.db))).map(shown)) }),
      get: defineAction({ summary: 'Read the definition of a collection', reads: true, key: true, run: async ({ db, key = '' }) => shown(await find(key, db)) }),
      create: defineAction({
        summary: 'Make a collection and its table',
        input: createSchema,
        run: async ({ input, db, principal }) => {
          const { name, fields, ...options } = input
          checkName(name)
          const definition = { ...withoutNulls(options), fields: checkFields(fields) }
          const collection = compileRecord({ name, definition })
          return this.#change(db, async (transaction) => {
            await this.#refuseTaken(name, transaction)
            await ensureTable(transaction, collection)
            await saveCollection(transaction, name, definition, principal.userId)
            return shown(await find(name, db))
          })
        },
      }),
      update: defineAction({
        summary: 'Change the title and other options of a collection',
        key: true,
        input: changesSchema,
        run: async ({ input, db, key = '', principal }) =>
          this.#change(db, async (transaction) => {
            const { definition } = await find(key, db)
            await saveCollection(transaction, key, { ...definition, ...withoutNulls(input) }, principal.userId)
            return [shown(await find(key, db))]
          }),
      }),
      destroy: defineAction({
        summary: 'Drop a collection with its records; needs force=true when it has any',
        key: true,
        run: async (call) => this.#drop(call),
      }),
    }
  }

  async #drop(call: ActionCall): Promise<number> {
    const { db, key = '' } = call
    return this.#change(db, async (transaction) => {
      await find(key, db)
      refuseLoss(`Dropping the collection "${key}"`, await rowCount(transaction, key), isForced(call))
      await dropTable(transaction, key)
      await transaction.run({ text: 'DELETE FROM postern.collections WHERE name = $1', values: [key] })
      // A collection that takes the name later must not inherit what was granted on this one.
      await transaction.run({ text: 'DELETE FROM grants WHERE resource = $1', values: [key] })
      await this.host.broadcast.announce(transaction, 'grants', null)
      return 1
    })
  }

  async #changeFields(call: ActionCall, change: (fields: CollectionRecord['definition']['fields']) => CollectionRecord['definition']['fields']): Promise<void> {
    const { db, sourceId = '', principal } = call
    await this.#change(db, async (transaction) => {
      const record = await find(sourceId, db)
      const definition = await applyFields(transaction, { record, fields: change(record.definition.fields), force: isForced(call) })
      await saveCollection(transaction, sourceId, definition, principal.userId)
    })
  }

  fields(): Actions {
    const object = z.looseObject({})
    return {
      list: defineAction({
        summary: 'List the fields of a collection',
        reads: true,
        run: async (call) => pageOf(call, (await find(call.sourceId ?? '', call.db)).definition.fields),
      }),
      get: defineAction({
        summary: 'Read the definition of a field',
        reads: true,
        key: true,
        run: async ({ db, sourceId = '', key = '' }) => fieldNamed((await find(sourceId, db)).definition.fields, key),
      }),
      create: defineAction({
        summary: 'Add a field to a collection',
        input: object,
        run: async (call) => {
          const field = checkField(call.input)
          await this.#changeFields(call, (fields) => {
            if (fields.some(({ name }) => name === field.name)) throw wire.CONFLICT({ problem: `The field "${field.name}" exists` }).at('name')
            return [...fields, field]
          })
          return field
        },
      }),
      update: defineAction({
        summary: 'Change a field; needs force=true when data would be lost',
        key: true,
        input: object,
        run: async (call) => {
          const { key = '', input } = call
          if (input['name'] !== undefined && input['name'] !== key) throw wire.READONLY_FIELD({ name: 'name' }).at('name')
          await this.#changeFields(call, (fields) => {
            const changed = checkField({ ...fieldNamed(fields, key), ...input })
            return fields.map((field) => (field.name === key ? changed : field))
          })
          return [fieldNamed((await find(call.sourceId ?? '', call.db)).definition.fields, key)]
        },
      }),
      destroy: defineAction({
        summary: 'Drop a field with its data; needs force=true when it has any',
        key: true,
        run: async (call) => {
          const { key = '' } = call
          await this.#changeFields(call, (fields) => {
            fieldNamed(fields, key)
            return fields.filter(({ name }) => name !== key)
          })
          return 1
        },
      }),
    }
  }
}

function fieldNamed(fields: CollectionRecord['definition']['fields'], name: string) {
  const field = fields.find((candidate) => candidate.name === name)
  if (!field) throw notFound()
  return field
}

const withoutNulls = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null && value !== undefined))

export const collectionsPlugin = (host: PluginHost) =>
  definePlugin({
    name: 'collections',
    setup: ({ resources }) => {
      const actions = new CollectionActions(host)
      resources.define('collections', actions.collections())
      resources.define('collections.fields', actions.fields())
    },
  })
