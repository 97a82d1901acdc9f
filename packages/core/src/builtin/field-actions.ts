import { z } from 'zod'
import type { FieldRecord } from '../database/runtime-collections.js'
import { notFound, wire } from '../kernel/wire-errors.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import { defineAction, type ActionCall, type Actions } from '../resources/action.js'
import type { ResourceContext } from '../resources/context.js'
import { applicableOptions, kindOf } from '../schema/definition.js'
import { isRelation } from '../schema/relation.js'
import { applyFields, compileRecord, serverFields } from './collection-changes.js'
import { CollectionDrafts } from './collection-drafts.js'
import { checkField, mostFields, refuseServerField } from './collection-definition.js'
import { changeCollections, findCollection, isForced } from './collection-support.js'
import { fieldView, listDefinitions } from './definition-list.js'
import { dropStaleKeys, refuseBroken, settledDefinition, settleRelations } from './relation-changes.js'
import { fieldChangesForm, newFieldForm } from './documented-definition.js'
import { definitionDocuments, fieldForm } from './documented-forms.js'

const documents = definitionDocuments(fieldForm)

type Fields = readonly FieldRecord[]

/** @throws 404 */
function fieldNamed(fields: Fields, name: string): FieldRecord {
  const field = fields.find((candidate) => candidate.name === name)
  if (!field) throw notFound()
  return field
}

const fieldsOf = async ({ db, sourceId = '' }: ActionCall): Promise<Fields> =>
  (await findCollection(sourceId, db)).definition.fields

/** Changes the list of fields and the table with it. */
async function changeFields(
  host: PluginHost,
  call: ActionCall,
  change: (fields: Fields, serverFields: ReadonlyMap<string, unknown>) => Fields,
): Promise<Fields> {
  const { db, sourceId = '', principal } = call
  return changeCollections(host, db, async (transaction) => {
    const record = await findCollection(sourceId, db)
    const { definition: before } = record
    const server = serverFields({ name: sourceId, definition: before })
    const wanted = change(before.fields, server)
    const { fields } = settledDefinition(sourceId, { ...before, fields: [...wanted] })
    const drafts = await CollectionDrafts.open(transaction, host.collections, principal.userId)
    const after = compileRecord({ name: sourceId, definition: { ...before, index: [], fields } })
    refuseBroken(drafts, after)
    await dropStaleKeys(drafts, compileRecord(record), after)
    await drafts.save(sourceId, await applyFields(transaction, { record, fields, force: isForced(call) }))
    await settleRelations(drafts, sourceId)
    return fields
  })
}

function added(fields: Fields, field: FieldRecord, serverFields: ReadonlyMap<string, unknown>): Fields {
  refuseServerField(field.name, serverFields, 'name')
  if (fields.length >= mostFields) {
    throw wire.INVALID_VALUE({ problem: `a collection has at most ${mostFields} fields` })
  }
  if (fields.every(({ name }) => name !== field.name)) return [...fields, field]
  throw wire.CONFLICT({ problem: `The field "${field.name}" exists` }).at('name')
}

/** Of hashes nothing can be made, and a column of texts would be passwords in plain. */
function refuseSecret(...types: readonly unknown[]): void {
  const secret = types.map(kindOf).find(({ writeOnly }) => writeOnly === true)
  if (!secret) return
  throw wire
    .INVALID_VALUE({ problem: `${secret.kind} fields stay what they are; drop the field and add another` })
    .at('type')
}

function changed(fields: Fields, key: string, input: Readonly<Record<string, unknown>>): Fields {
  if (input['name'] !== undefined && input['name'] !== key) throw wire.READONLY_FIELD({ name: 'name' }).at('name')
  const before = fieldNamed(fields, key)
  const { type = before.type } = input
  if (isRelation({ kind: before.type })) refuseOtherRelation(before, input)
  else if (typeof type === 'string' && isRelation({ kind: type })) {
    throw wire
      .INVALID_VALUE({ problem: `"${key}" holds values; a relation is made under a name of its own` })
      .at('type')
  } else if (type !== before.type) refuseSecret(before.type, type)
  const kept = type === before.type ? before : { name: key, ...applicableOptions(type, before) }
  const field = checkField({ ...kept, ...input })
  return fields.map((other) => (other.name === key ? field : other))
}

/** What may still be changed of a relation: the rest would make it another one. */
const changeable = ['name', 'title', 'description', 'hidden', 'required', 'onDelete']

function refuseOtherRelation(before: FieldRecord, changes: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(changes)) {
    if (changeable.includes(option) || value === before[option]) continue
    throw wire
      .INVALID_VALUE({ problem: `${option} of a relation cannot be changed; drop it and make another one` })
      .at(option)
  }
}

const newField = z.looseObject({}).meta(newFieldForm)
const fieldChanges = z.looseObject({}).meta(fieldChangesForm)

const readingActions = (context: ResourceContext): Actions => ({
  list: defineAction({
    summary: 'List the fields of a collection',
    document: documents.list,
    reads: true,
    run: async (call) => listDefinitions(call, context, fieldView, await fieldsOf(call)),
  }),
  get: defineAction({
    summary: 'Read the definition of a field',
    document: documents.get,
    reads: true,
    key: true,
    run: async (call) => fieldNamed(await fieldsOf(call), call.key ?? ''),
  }),
})

/** `collections/<name>/fields:*` */
export const fieldActions = (host: PluginHost, context: ResourceContext): Actions => ({
  ...readingActions(context),
  create: defineAction({
    summary: 'Add a field to a collection',
    document: documents.create,
    input: newField,
    run: async (call) => {
      const field = checkField(call.input)
      const fields = await changeFields(host, call, (before, serverFields) => added(before, field, serverFields))
      return fieldNamed(fields, field.name)
    },
  }),
  update: defineAction({
    summary: 'Change a field; needs force=true when data would be lost',
    document: documents.update,
    key: true,
    input: fieldChanges,
    run: async (call) => {
      const key = call.key ?? ''
      return [fieldNamed(await changeFields(host, call, (fields) => changed(fields, key, call.input)), key)]
    },
  }),
  destroy: defineAction({
    summary: 'Drop a field with its data; needs force=true when it has any',
    document: documents.destroy,
    key: true,
    run: async (call) => {
      const { name } = fieldNamed(await fieldsOf(call), call.key ?? '')
      await changeFields(host, call, (fields) => fields.filter((field) => field.name !== name))
      return 1
    },
  }),
})
