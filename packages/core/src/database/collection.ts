import { wire } from '../kernel/wire-errors.js'
import { f } from '../schema/f.js'
import type { FieldDefinition, InputOf, RowOf, Shape } from '../schema/field.js'
import { compileField, type CompiledField } from '../schema/shape.js'

export interface CollectionOptions {
  readonly title?: string
  readonly description?: string
  /** Not in `collections:list`, unless `hidden=true` asks for it. Nothing else changes: what may be done with it is a matter of grants. */
  readonly hidden?: boolean
  /** Code only: no resource is made of it; only the server's own code reads and writes it. */
  readonly internal?: boolean
  readonly simplePaginate?: boolean
  /** `createdAt` and `updatedAt`; on unless false. */
  readonly timestamps?: boolean
  readonly createdBy?: boolean
  readonly updatedBy?: boolean
  /** The field that identifies a record to callers; `id` unless said otherwise. It must be unique. */
  readonly targetKey?: string
  /** Indexes over several fields. */
  readonly index?: readonly (readonly string[])[]
}

/** A collection as data. `S` carries the types of its rows. */
export interface Collection<S extends Shape = Shape> {
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
export const defineCollection = <S extends Shape>(
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
export type Row<C> = C extends Collection<infer S> ? RowOf<S> & SystemRow : never
export type Input<C> = C extends Collection<infer S> ? InputOf<S> : never

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

/** A collection made ready to work with. Replaced as a whole when its definition changes. */
export interface CompiledCollection {
  readonly name: string
  readonly options: CollectionOptions
  /** Every field, the server's own included. */
  readonly fields: ReadonlyMap<string, CompiledField>
  /** Names that may leave the server, in the order of the wire. */
  readonly visible: readonly string[]
  readonly targetKey: CompiledField
  /** Made when the collection was compiled; goes into the names of prepared statements. */
  readonly revision: number
}

let revisions = 0

export interface PlainCollection {
  readonly name: string
  readonly fields: Readonly<Record<string, FieldDefinition>>
  readonly options: CollectionOptions
}

export function compileCollection({ name, fields: own, options }: PlainCollection): CompiledCollection {
  const fields = new Map<string, CompiledField>()
  for (const [field, definition] of systemFields(options)) fields.set(field, compileField(field, definition))
  for (const [field, definition] of Object.entries(own)) {
    // Objects of JavaScript have members of such names without having been given them.
    if (field in {}) throw wire.INVALID_VALUE({ problem: `"${field}" is no name for a field` }).at(field)
    if (fields.has(field))
      throw wire.CONFLICT({ problem: `"${field}" of "${name}" is a field of the server's own` }).at(field)
    fields.set(field, compileField(field, definition))
  }
  const visible = [...fields.values()].filter((field) => field.options.hidden !== true).map((field) => field.name)
  const targetKey = fields.get(options.targetKey ?? 'id')
  if (!targetKey) throw wire.INVALID_VALUE({ problem: `"${name}" has no field "${options.targetKey ?? 'id'}"` })
  return { name, options, fields, visible: visible.sort(wireOrder), targetKey, revision: ++revisions }
}
