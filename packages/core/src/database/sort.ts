import type { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import type { CompiledField } from '../schema/shape.js'
import type { CompiledCollection } from './collection.js'
import type { FilterOptions } from './filter/filter-options.js'
import { View } from './filter/view.js'
import type { SortKey, Step } from './keyset.js'
import { sortColumn } from './sort-column.js'

const mostKeys = 10
const mostSteps = 10

const invalid = (problem: string): AppError => wire.INVALID_SORT({ problem }).at('sort')

/** What the caller may see: ordering by a field is reading it. */
export type SortOptions = Pick<FilterOptions, 'readable' | 'followable' | 'related'>

/** Follows relations that lead to one record each. */
function stepsOf(view: View, names: readonly string[]): { readonly steps: readonly Step[]; readonly last: View } {
  const steps: Step[] = []
  let last = view
  if (names.length > mostSteps) throw invalid(`it follows more than ${mostSteps} relations`)
  for (const name of names) {
    const relation = last.relation(name, 'sort')
    if (!relation) throw invalid(`there is no relation "${name}"`)
    if (relation.many) throw invalid(`"${name}" leads to many records, which give no order`)
    last = last.through(relation, 'sort')
    steps.push({ relation, rows: last.rows })
  }
  return { steps, last }
}

function fieldOf(view: View, name: string): CompiledField {
  if (view.relation(name, 'sort')) throw invalid(`"${name}" is a relation; say by which field: "${name}.id"`)
  const field = view.field(name, 'sort')
  if (field.kind.operators === 'json' || field.kind.operators === 'array') throw invalid(`"${name}" has no order`)
  return field
}

function parseKey(collection: CompiledCollection, text: string, index: number, options: SortOptions): SortKey {
  const descending = text.startsWith('-')
  const path = text.replace(/^[+-]/, '')
  const names = path.split('.')
  const { steps, last } = stepsOf(View.of(collection, options, invalid), names.slice(0, -1))
  const field = fieldOf(last, names.at(-1) ?? '')
  if (steps.length === 0) return { field: field.name, descending }
  return { field: sortColumn(index), descending, through: { path, steps, field } }
}

const byKey = new WeakMap<CompiledCollection, readonly SortKey[]>()

/** The order when none is asked for: by primary key. */
function defaultSort(collection: CompiledCollection): readonly SortKey[] {
  let keys = byKey.get(collection)
  if (!keys) byKey.set(collection, (keys = [{ field: 'id', descending: false }]))
  return keys
}

/**
 * Parses `-createdAt,club.name,id` (or a list of such). The primary key is always the last key, so pages never overlap.
 *
 * @throws 400 INVALID_SORT, 403 NO_PERMISSION
 */
export function parseSort(
  collection: CompiledCollection,
  sort: unknown,
  options: SortOptions = {},
): readonly SortKey[] {
  if (sort === undefined || sort === '') return defaultSort(collection)
  const texts = (Array.isArray(sort) ? sort : [sort]).flatMap((text: unknown) => {
    if (typeof text !== 'string') throw invalid('it must be a list of field names')
    return text.split(',')
  })
  if (texts.length > mostKeys) throw invalid(`it has more than ${mostKeys} keys`)
  const keys = texts.map((text, index) => parseKey(collection, text.trim(), index, options))
  const end = keys.findIndex(({ field }) => field === 'id')
  return end === -1 ? [...keys, { field: 'id', descending: false }] : keys.slice(0, end + 1)
}
