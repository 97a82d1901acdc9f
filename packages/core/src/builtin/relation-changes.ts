import type { CompiledCollection } from '../database/collection.js'
import { checkEnds, dropForeignKeys, ensureForeignKeys, foreignKeysOf } from '../database/foreign-keys.js'
import { linksOf } from '../database/links.js'
import type { CompiledRelation } from '../database/relation.js'
import { resolveRelation } from '../database/resolve-relation.js'
import type { CollectionRecord, FieldRecord } from '../database/runtime-collections.js'
import { ensureTable } from '../database/table.js'
import { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import type { CompiledField } from '../schema/shape.js'
import { applyFields, compileRecord } from './collection-changes.js'
import type { CollectionDrafts } from './collection-drafts.js'
import { checkName } from './collection-definition.js'

type Definition = CollectionRecord['definition']

/** The stored form of relations names everything, so that what is made by default today holds tomorrow. */
export function settledDefinition(name: string, definition: Definition): Definition {
  const { relations } = compileRecord({ name, definition })
  const fields = definition.fields.map((field): FieldRecord => {
    const relation = relations.get(field.name)
    if (!relation) return field
    const { foreignKey, otherKey, through } = relation
    const names = relation.type === 'belongsToMany' ? { foreignKey, otherKey, through } : { foreignKey }
    for (const [option, key] of Object.entries(names)) checkName(key, option)
    return { ...field, ...names }
  })
  return { ...definition, fields }
}

/** A field that holds keys of another. One that fills itself must not do so here. */
function keyField(name: string, { kind, options }: CompiledField): FieldRecord {
  const length = options.maxLength === undefined ? {} : { maxLength: options.maxLength }
  return { name, type: kind.kind, index: true, ...length, ...(kind.generate ? { default: null } : {}) }
}

/** Adds the field for a key to the collection at the other end, if that was made at run time and lacks it. */
async function ensureKey(drafts: CollectionDrafts, collection: string, name: string, key: CompiledField | undefined) {
  const definition = drafts.definition(collection)
  if (!definition || !key || drafts.get(collection)?.fields.has(name) === true) return
  const fields = [...definition.fields, keyField(name, key)]
  const record = { name: collection, definition }
  await drafts.save(collection, await applyFields(drafts.transaction, { record, fields, force: false }))
}

/** The tables of collections in code are those of plugins: nobody else puts keys into them, or rules on their rows. */
function refuseForeignHolder(drafts: CollectionDrafts, name: string, option: string): void {
  if (drafts.definition(name) || !drafts.get(name)) return
  const problem = `"${name}" is defined in code, and would have to hold the key: define the relation in that code`
  throw wire.INVALID_VALUE({ problem }).at(option)
}

/** What the server writes into records of its own accord cannot be made to lead elsewhere. */
function refuseOwnKey(
  drafts: CollectionDrafts,
  { name, fields, relations }: CompiledCollection,
  { foreignKey }: CompiledRelation,
  target: string,
): void {
  const isGiven = drafts.definition(name)?.fields.some((field) => field.name === foreignKey) !== false
  if (isGiven || fields.get(foreignKey)?.options.readOnly !== true) return
  const isSame = [...relations.values()].some(
    (relation) => relation.implied && relation.foreignKey === foreignKey && relation.target === target,
  )
  if (isSame) return
  throw wire.INVALID_VALUE({ problem: `"${foreignKey}" is written by the server itself` }).at('foreignKey')
}

async function makeLinks(drafts: CollectionDrafts, relation: CompiledRelation): Promise<void> {
  const { name, fields, options } = linksOf(relation)
  const records = Object.entries(fields).map(([field, { kind, options: given }]) => ({
    name: field,
    type: kind,
    ...given,
  }))
  const definition = { ...options, fields: records }
  await ensureTable(drafts.transaction, compileRecord({ name, definition }))
  await drafts.save(name, definition)
}

/** What a relation needs at its other end. */
async function ensureCounterpart(drafts: CollectionDrafts, source: CompiledCollection, relation: CompiledRelation) {
  const { type, target: targetName, through, foreignKey, otherKey, sourceKey, targetKey } = relation
  const target = drafts.get(targetName)
  if (!target || target.options.internal === true) {
    throw wire.INVALID_VALUE({ problem: `there is no collection "${targetName}"` }).at('target')
  }
  if (type === 'belongsTo') return refuseOwnKey(drafts, source, relation, targetName)
  if (type === 'hasOne' || type === 'hasMany') {
    refuseOwnKey(drafts, target, relation, source.name)
    refuseForeignHolder(drafts, targetName, 'target')
    await ensureKey(drafts, targetName, foreignKey, source.fields.get(sourceKey))
  }
  if (type !== 'belongsToMany') return
  const links = drafts.get(through)
  if (!links && sourceKey === 'id' && targetKey === 'id') return makeLinks(drafts, relation)
  refuseForeignHolder(drafts, through, 'through')
  await ensureKey(drafts, through, foreignKey, source.fields.get(sourceKey))
  await ensureKey(drafts, through, otherKey, target.fields.get(targetKey))
}

/** Makes what the relations of a collection need: keys at the other end, links, foreign keys. */
export async function settleRelations(drafts: CollectionDrafts, name: string): Promise<void> {
  const source = drafts.get(name)
  for (const relation of source?.relations.values() ?? []) {
    if (source && !relation.implied)
      await ensureCounterpart(drafts, source, relation).catch((error: unknown) => at(error, name, relation))
  }
  const settled = drafts.get(name)
  if (settled) await ensureForeignKeys(drafts.transaction, settled, drafts)
}

/** The fault of a relation says which one it is. */
function at(error: unknown, collection: string, { name }: CompiledRelation): never {
  if (error instanceof AppError && error.status === 400)
    error.at(error.path === undefined ? name : `${name}.${error.path}`)
  throw error
}

/** The relations of other collections that need one. */
export const usersOf = (drafts: CollectionDrafts, name: string) =>
  drafts
    .all()
    .filter((collection) => collection.name !== name)
    .flatMap((collection) =>
      [...collection.relations.values()]
        .filter(({ type, target, through }) => target === name || (type === 'belongsToMany' && through === name))
        .map((relation) => ({ collection, relation })),
    )

/** @throws 409 when a relation of another collection could not go on with the changed one */
export function refuseBroken(drafts: CollectionDrafts, changed: CompiledCollection): void {
  const collections = { get: (name: string) => (name === changed.name ? changed : drafts.get(name)) }
  for (const { collection, relation } of usersOf(drafts, changed.name)) {
    const path = `${collection.name}.${relation.name}`
    const resolved = resolveRelation(collections, collection, relation.name)
    if (!resolved) throw wire.CONFLICT({ problem: `The relation ${path} needs this field; drop the relation first` })
    try {
      for (const key of foreignKeysOf(resolved, relation)) checkEnds(key)
    } catch (cause) {
      throw wire.CONFLICT({ problem: `The relation ${path} could not go on with this` }, cause)
    }
  }
}

/** Foreign keys go with the relations that asked for them, unless the other side asks for the same. */
export async function dropStaleKeys(
  drafts: CollectionDrafts,
  before: CompiledCollection,
  after: CompiledCollection,
): Promise<void> {
  for (const relation of before.relations.values()) {
    if (relation.implied) continue
    const resolved = resolveRelation(drafts, before, relation.name)
    if (!resolved || after.relations.has(relation.name) || resolved.link) continue
    const isShared = [...resolved.target.relations.values()].some(
      ({ foreignKey, target }) => foreignKey === relation.foreignKey && target === before.name,
    )
    if (!isShared) await dropForeignKeys(drafts.transaction, foreignKeysOf(resolved, relation))
  }
}
