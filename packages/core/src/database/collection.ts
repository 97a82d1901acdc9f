import { wire } from '../kernel/wire-errors.js'
import { f } from '../schema/f.js'
import type { FieldDefinition } from '../schema/field.js'
import {
  isRelation,
  type CollectionInput,
  type CollectionRow,
  type CollectionShape,
  type MemberDefinition,
  type RelationDefinition,
} from '../schema/relation.js'
import { compileField, type CompiledField } from '../schema/shape.js'
import { addPartition, type Partition } from './partition.js'
import type { PluginCollectionOptions } from './plugin-options.js'
import { authorRelations, compileRelation, type CompiledRelation } from './relation.js'
import { addSortField } from './sort-field.js'

export interface CollectionOptions extends PluginCollectionOptions {
  readonly title?: string
  readonly description?: string
  /** Not in `collections:list`, unless `hidden=true` asks for it. Nothing else changes: what may be done with it is a matter of grants. */
  readonly hidden?: boolean
  /** Code only: no resource is made of it; only the server's own code reads and writes it. */
  readonly internal?: boolean
  /** Records have an order that `move` changes: in the field `sort`, or in the one of this name. */
  readonly sortable?: boolean | string
  readonly simplePaginate?: boolean
  /** `createdAt` and `updatedAt`; on unless false. */
  readonly timestamps?: boolean
  readonly createdBy?: boolean
  readonly updatedBy?: boolean
  /** The field that identifies a record to callers; `id` unless said otherwise. It must be unique. */
  readonly targetKey?: string
  /** Indexes over several fields. */
  readonly index?: readonly (readonly string[])[]
  /** Set by the server where an option of a plugin's divides the records. */
  readonly partition?: Partition
}

/** A collection as data. `S` carries the types of its rows. */
export interface Collection<S extends CollectionShape = CollectionShape> {
  readonly name: string
  readonly fields: S
  readonly options: CollectionOptions
}

/**
 * Defines a collection in code. Its table is made when the plugin that lists it is enabled.
 *
 * @example
 * const notes = defineCollection('notes', { title: f.string(), done: f.boolean().default(false) })
 */
export const defineCollection = <S extends CollectionShape>(
  name: string,
  fields: S,
  options: CollectionOptions = {},
): Collection<S> => ({
  name,
  fields,
  options,
})

export interface SystemRow {
  readonly id: number
  readonly createdAt: string
  readonly updatedAt: string
  readonly createdById: number | null
  readonly updatedById: number | null
}
export type Row<C> = C extends Collection<infer S> ? CollectionRow<S> & SystemRow : never
export type Input<C> = C extends Collection<infer S> ? CollectionInput<S> : never

/** A record as it leaves the database: JSON values by field name. */
export type AnyRow = Readonly<Record<string, unknown>>

const systemField = (definition: FieldDefinition, options: object = {}): FieldDefinition => ({
  kind: definition.kind,
  options: { readOnly: true, ...options },
})

function systemFields(options: CollectionOptions): [string, FieldDefinition][] {
  const fields: [string, FieldDefinition][] = [['id', systemField(f.bigInt())]]
  if (options.timestamps !== false) {
    fields.push(['createdAt', systemField(f.datetime(), { required: true })])
    fields.push(['updatedAt', systemField(f.datetime(), { required: true })])
  }
  if (options.createdBy !== false) fields.push(['createdById', systemField(f.bigInt())])
  if (options.updatedBy !== false) fields.push(['updatedById', systemField(f.bigInt())])
  return fields
}

/** The order of a record's members on the wire: when it was written first, then by name. */
const wireOrder = (a: string, b: string): number => rank(a) - rank(b) || (a < b ? -1 : 1)
const rank = (name: string): number => (name === 'createdAt' ? 0 : name === 'updatedAt' ? 1 : 2)

/** Where the targets of relations are found. */
export interface CollectionLookup {
  get(name: string): CompiledCollection | undefined
  /** The same, and collections of a plugin that is just being set up. */
  lookUp(name: string): CompiledCollection | undefined
}

const none: CollectionLookup = { get: () => undefined, lookUp: () => undefined }

/** A collection made ready to work with. Replaced as a whole when its definition changes. */
export interface CompiledCollection {
  readonly name: string
  readonly options: CollectionOptions
  /** Every field, the server's own included. */
  readonly fields: ReadonlyMap<string, CompiledField>
  /** What leads to other collections; none of them is a column. */
  readonly relations: ReadonlyMap<string, CompiledRelation>
  /** Where those are found. */
  readonly collections: CollectionLookup
  /** Names that may leave the server, in the order of the wire. */
  readonly visible: readonly string[]
  readonly targetKey: CompiledField
  /** The field that says which part a record is in, where an option of a plugin's divides them. */
  readonly partition?: CompiledField
  /** Made when the collection was compiled; goes into the names of prepared statements. */
  readonly revision: number
}

let revisions = 0

export interface PlainCollection {
  readonly name: string
  readonly fields: Readonly<Record<string, MemberDefinition>>
  readonly options: CollectionOptions
}

function refuseName(collection: string, name: string, taken: ReadonlyMap<string, CompiledField>): void {
  // Objects of JavaScript have members of such names without having been given them.
  if (name in {}) throw wire.INVALID_VALUE({ problem: `"${name}" is no name for a field` }).at(name)
  if (!taken.has(name)) return
  throw wire.CONFLICT({ problem: `"${name}" of "${collection}" is a field of the server's own` }).at(name)
}

/** The key of a `belongsTo` is a field of the row: its own, or one that is made for it. */
function addKey(fields: Map<string, CompiledField>, relation: CompiledRelation, { options }: RelationDefinition): void {
  const { name, foreignKey, targetKey } = relation
  const declared = fields.get(foreignKey)
  if (declared) {
    // A key that fills itself would lead nowhere.
    const { generate: _generated, counts: _counted, ...kind } = declared.kind
    fields.set(foreignKey, { ...declared, kind })
    return
  }
  if (targetKey !== 'id') {
    throw wire
      .INVALID_VALUE({ problem: `"${name}" needs a field "${foreignKey}" of the same type as "${targetKey}"` })
      .at(name)
  }
  const required = options.required === true
  fields.set(foreignKey, compileField(foreignKey, { kind: 'bigInt', options: { required, index: true } }))
}

export function compileCollection(
  collection: PlainCollection,
  collections: CollectionLookup = none,
): CompiledCollection {
  const { name, fields: own, options } = collection
  const fields = new Map<string, CompiledField>()
  for (const [field, definition] of systemFields(options)) fields.set(field, compileField(field, definition))
  const partition = addPartition(options.partition, fields)
  const server = new Map(fields)
  const relations = new Map<string, CompiledRelation>()
  for (const [member, definition] of Object.entries(own)) {
    refuseName(name, member, server)
    if (isRelation(definition)) relations.set(member, compileRelation(name, member, definition))
    else fields.set(member, compileField(member, definition))
  }
  for (const relation of relations.values()) {
    const definition = own[relation.name]
    if (relation.type === 'belongsTo' && definition && isRelation(definition)) addKey(fields, relation, definition)
  }
  addSortField(collection, fields)
  for (const relation of authorRelations(name)) {
    const isFree = !fields.has(relation.name) && !relations.has(relation.name)
    if (isFree && server.has(relation.foreignKey)) relations.set(relation.name, relation)
  }
  const visible = [...fields.values()].filter((field) => field.options.hidden !== true).map((field) => field.name)
  const targetKey = fields.get(options.targetKey ?? 'id')
  if (!targetKey) throw wire.INVALID_VALUE({ problem: `"${name}" has no field "${options.targetKey ?? 'id'}"` })
  visible.sort(wireOrder)
  const compiled = { name, options, fields, relations, collections, visible, targetKey, revision: ++revisions }
  return partition ? { ...compiled, partition } : compiled
}
