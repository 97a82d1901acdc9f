import { wire } from '../kernel/wire-errors.js'
import { compileField, type CompiledField } from '../schema/shape.js'

interface Sortable {
  readonly options: { readonly sortable?: boolean | string }
}
interface Defined extends Sortable {
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
}
interface Compiled extends Sortable {
  readonly fields: ReadonlyMap<string, CompiledField>
}

/** Adds the field of a sortable collection, which need not be among the defined ones. */
export function addSortField({ name, fields: own, options }: Defined, fields: Map<string, CompiledField>): void {
  if (options.sortable === undefined || options.sortable === false) return
  const field = options.sortable === true ? 'sort' : options.sortable
  const there = fields.get(field)
  if (!there && !Object.hasOwn(own, field)) fields.set(field, compileField(field, { kind: 'sort', options: {} }))
  else if (there?.kind.counts !== true)
    throw wire.CONFLICT({ problem: `"${field}" of "${name}" is no field of type sort` }).at('sortable')
}

/** The field that says the order of a collection's records, if they have one. */
export function sortFieldOf({ fields, options: { sortable } }: Compiled): string | undefined {
  if (typeof sortable === 'string') return sortable
  if (sortable === true) return 'sort'
  const counting = [...fields.values()].filter(({ kind }) => kind.counts === true)
  return counting.length === 1 ? counting[0]?.name : counting.find(({ name }) => name === 'sort')?.name
}
