import type { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import type { CompiledCollection } from './collection.js'
import type { SortKey } from './keyset.js'

const mostKeys = 10

const invalid = (problem: string): AppError => wire.INVALID_SORT({ problem }).at('sort')

function parseKey(collection: CompiledCollection, text: string, readable?: ReadonlySet<string>): SortKey {
  const descending = text.startsWith('-')
  const name = text.replace(/^[+-]/, '')
  const field = collection.fields.get(name)
  if (!field || field.options.hidden === true) throw invalid(`there is no field "${name}"`)
  if (readable && !readable.has(name))
    throw wire.NO_PERMISSION({ target: `the field ${collection.name}.${name}` }).at('sort')
  if (field.kind.operators === 'json' || field.kind.operators === 'array') throw invalid(`"${name}" has no order`)
  return { field: name, descending }
}

const byKey = new WeakMap<CompiledCollection, readonly SortKey[]>()

/** The order when none is asked for: by primary key. */
function defaultSort(collection: CompiledCollection): readonly SortKey[] {
  let keys = byKey.get(collection)
  if (!keys) byKey.set(collection, (keys = [{ field: 'id', descending: false }]))
  return keys
}

/**
 * Parses `-createdAt,id` (or a list of such). The primary key is always the last key, so pages never overlap.
 *
 * @throws 400 INVALID_SORT
 */
export function parseSort(
  collection: CompiledCollection,
  sort: unknown,
  readable?: ReadonlySet<string>,
): readonly SortKey[] {
  if (sort === undefined || sort === '') return defaultSort(collection)
  const texts = (Array.isArray(sort) ? sort : [sort]).flatMap((text: unknown) => {
    if (typeof text !== 'string') throw invalid('it must be a list of field names')
    return text.split(',')
  })
  if (texts.length > mostKeys) throw invalid(`it has more than ${mostKeys} keys`)
  const keys = texts.map((text) => parseKey(collection, text.trim(), readable))
  const end = keys.findIndex(({ field }) => field === 'id')
  return end === -1 ? [...keys, { field: 'id', descending: false }] : keys.slice(0, end + 1)
}
