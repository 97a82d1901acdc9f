import { aggregations, type Dimension, type GroupOrder, type Measure } from '../database/aggregate.js'
import type { CompiledCollection } from '../database/collection.js'
import { dateFormatParts, hasDateFormat, parseDateFormat } from '../database/date-format.js'
import { View } from '../database/filter/view.js'
import type { SortKey } from '../database/keyset.js'
import type { SortOptions } from '../database/sort.js'
import { sortColumn } from '../database/sort-column.js'
import type { AppError } from '../kernel/errors.js'
import { didYouMean } from '../kernel/nearest-name.js'
import { wire } from '../kernel/wire-errors.js'
import { parseExactJson } from '../schema/exact-json.js'
import type { CompiledField } from '../schema/shape.js'
import { isObject, type Parameter } from './parameters.js'

/** Of measures, of dimensions, of orders. */
const mostEntries = 50
/** Characters of a parameter that comes as text. */
const longestText = 65_536
/** Levels of it. */
const deepest = 64
/** Bytes: PostgreSQL cuts longer names. */
const longestAlias = 63
/** Of relations to a field. */
const mostSteps = 10
const aliasForm = /^[\p{L}\p{N}_][\p{L}\p{N}_ .-]*$/u

type Entry = Readonly<Record<string, unknown>>

const invalid = (problem: string, path: string): AppError => wire.INVALID_VALUE({ problem }).at(path)
const invalidSort = (problem: string, path: string): AppError => wire.INVALID_SORT({ problem }).at(path)

/** A parameter that is JSON: as text, bracket-nested, or in the body as it is. */
export function jsonParameter(name: string, { value, textual }: Parameter): Parameter {
  if (!textual || typeof value !== 'string') return { value, textual }
  if (value.length > longestText) throw wire.INVALID_QUERY({ problem: `${name} is too long` }).at(name)
  try {
    return { value: parseExactJson(Buffer.from(value), deepest), textual: false }
  } catch (cause) {
    throw wire.INVALID_QUERY({ problem: `${name} is not valid JSON` }, cause).at(name)
  }
}

/** A list of objects that have no other members than these. */
function entriesOf(name: string, parameter: Parameter, members: readonly string[]): Entry[] {
  const { value } = jsonParameter(name, parameter)
  if (value === undefined) return []
  if (!Array.isArray(value)) throw invalid(`${name} must be a list of objects`, name)
  if (value.length > mostEntries) throw invalid(`${name} has more than ${mostEntries} entries`, name)
  return value.map((entry: unknown, index): Entry => {
    const path = `${name}.${index}`
    if (!isObject(entry)) throw invalid(`${name} must be a list of objects`, path)
    for (const member of Object.keys(entry)) {
      if (!members.includes(member)) throw wire.UNKNOWN_FIELD({ name: member }).at(`${path}.${member}`)
    }
    return entry
  })
}

/** A field of the records, or of the one record behind relations, and how it was named. */
interface Named {
  readonly field: CompiledField
  readonly path: string
}

/** Reads the measures and dimensions of a query: names that there are and that the caller may read. */
export class QueryInput {
  readonly #aliases = new Set<string>()
  readonly #through = new Map<string, SortKey>()

  constructor(
    private readonly collection: CompiledCollection,
    /** What the caller may see here and behind relations. */
    private readonly sight: SortOptions,
  ) {}

  /** The columns behind relations that were asked for. */
  get through(): readonly SortKey[] {
    return [...this.#through.values()]
  }

  /** @throws 400 INVALID_VALUE, UNKNOWN_FIELD, 403 NO_PERMISSION, with the path of the entry's member */
  dimensions(parameter: Parameter): Dimension[] {
    return entriesOf('dimensions', parameter, ['field', 'alias', 'format']).map((entry, index) => {
      const path = `dimensions.${index}`
      const { field, path: name } = this.#field(entry['field'], `${path}.field`)
      return {
        field,
        path: name,
        format: formatOf(field, name, entry['format'], `${path}.format`),
        alias: this.#alias(entry, name, path),
      }
    })
  }

  /** @throws as for dimensions */
  measures(parameter: Parameter): Measure[] {
    const members = ['field', 'aggregation', 'alias', 'distinct']
    return entriesOf('measures', parameter, members).map((entry, index) => {
      const path = `measures.${index}`
      const aggregation = aggregationOf(entry['aggregation'], `${path}.aggregation`)
      const isOfRows = aggregation === 'count' && entry['field'] === undefined
      const named = isOfRows ? undefined : this.#field(entry['field'], `${path}.field`)
      if (named) checkAggregation(aggregation, named, `${path}.aggregation`)
      const distinct = flagOf(entry['distinct'], `${path}.distinct`)
      return {
        ...named,
        field: named?.field,
        aggregation,
        distinct,
        alias: this.#alias(entry, named?.path ?? 'count', path),
      }
    })
  }

  #field(value: unknown, path: string): Named {
    const name = nameOf(value)
    if (name === undefined) throw invalid('field must be the name of a field', path)
    const names = name.split('.')
    if (names.length > mostSteps + 1) throw invalid(`field follows more than ${mostSteps} relations`, path)
    const steps = []
    let view = View.of(this.collection, this.sight, () => wire.UNKNOWN_FIELD({ name }).at(path))
    for (const step of names.slice(0, -1)) {
      const relation = view.relation(step, path)
      if (!relation) throw wire.UNKNOWN_FIELD({ name }).at(path)
      if (relation.many) throw invalid(`"${step}" leads to many records, which have no one value`, path)
      view = view.through(relation, path)
      steps.push({ relation, rows: view.rows })
    }
    const field = view.field(names.at(-1) ?? '', path)
    return { field: steps.length === 0 ? field : this.#behind({ path: name, steps, field }), path: name }
  }

  /** The field behind relations as a column of the table that the groups are made of. */
  #behind(through: NonNullable<SortKey['through']>): CompiledField {
    const known = this.#through.get(through.path)
    const column = known?.field ?? sortColumn(this.#through.size)
    this.#through.set(through.path, { field: column, descending: false, through })
    return { ...through.field, name: column }
  }

  /** The name of a column of the answer; that of its field when none is given. */
  #alias({ alias: given }: Entry, standard: string, path: string): string {
    const alias = given ?? standard
    const isName = typeof alias === 'string' && aliasForm.test(alias) && !(alias in {})
    if (!isName || Buffer.byteLength(alias) > longestAlias) {
      throw invalid(
        `alias must be a name of letters, digits, and _ . - within, of ${longestAlias} bytes at most`,
        `${path}.alias`,
      )
    }
    if (this.#aliases.has(alias))
      throw invalid(`there are two columns "${alias}": give each an alias of its own`, `${path}.alias`)
    this.#aliases.add(alias)
    return alias
  }
}

/** `club.name`, or its parts in a list. */
function nameOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!Array.isArray(value) || value.length === 0) return undefined
  const parts: readonly unknown[] = value
  return parts.every((part) => typeof part === 'string') ? parts.join('.') : undefined
}

function formatOf({ kind }: CompiledField, name: string, value: unknown, path: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (!hasDateFormat(kind.kind)) throw invalid(`"${name}" is no date: it has no format`, path)
  const format = typeof value === 'string' ? parseDateFormat(value) : undefined
  if (format === undefined) throw invalid(`format must be made of ${dateFormatParts}`, path)
  return format
}

function aggregationOf(value: unknown, path: string): string {
  if (typeof value === 'string' && aggregations.has(value)) return value
  throw invalid(`aggregation must be one of ${[...aggregations.keys()].join(', ')}`, path)
}

function checkAggregation(aggregation: string, { field: { kind }, path: name }: Named, path: string): void {
  const groups = aggregations.get(aggregation)
  if (groups && !groups.includes(kind.operators)) {
    throw invalid(`${aggregation} does not apply to the ${kind.kind} field "${name}"`, path)
  }
}

function flagOf(value: unknown, path: string): boolean {
  if (value === undefined || value === null || value === false || value === 'false' || value === '0') return false
  if (value === true || value === 'true' || value === '1') return true
  throw invalid('distinct must be true or false', path)
}

interface Columns {
  readonly measures: readonly Measure[]
  readonly dimensions: readonly Dimension[]
}

/** @throws 400 INVALID_SORT */
export function ordersOf(parameter: Parameter, columns: Columns): GroupOrder[] {
  return entriesOf('orders', parameter, ['field', 'alias', 'order', 'nulls']).map((entry, index) => {
    const path = `orders.${index}`
    return {
      alias: orderedAlias(entry, columns, path),
      descending: oneOf(entry['order'], 'order', ['asc', 'desc'], path) === 'desc',
      nullsFirst: oneOf(entry['nulls'], 'nulls', ['default', 'last', 'first'], path) === 'first',
    }
  })
}

/** By its alias, or by its field where only one column is of that. */
function orderedAlias({ alias, field }: Entry, { measures, dimensions }: Columns, path: string): string {
  const columns = [...dimensions, ...measures]
  const aliases = columns.map((column) => column.alias)
  if (alias !== undefined && alias !== null) {
    if (typeof alias !== 'string') throw invalidSort('alias must be the name of a column', `${path}.alias`)
    if (aliases.includes(alias)) return alias
    throw invalidSort(`there is no column "${alias}"${didYouMean(alias, aliases)}`, `${path}.alias`)
  }
  const name = nameOf(field)
  if (name === undefined) throw invalidSort('an order needs an alias or a field', `${path}.field`)
  const dimension = dimensions.find((column) => column.path === name)
  const found = dimension ? [dimension] : columns.filter((column) => column.path === name)
  const [only, other] = found
  if (only && !other) return only.alias
  if (other) throw invalidSort(`several columns are of "${name}": say which by its alias`, `${path}.field`)
  throw invalidSort(`no column is of "${name}"`, `${path}.field`)
}

/** The first of the choices when nothing was said. */
function oneOf(value: unknown, name: string, choices: readonly string[], path: string): string | undefined {
  if (value === undefined || value === null) return choices[0]
  const choice = typeof value === 'string' ? value.toLowerCase() : ''
  if (choices.includes(choice)) return choice
  throw invalidSort(`${name} must be one of ${choices.join(', ')}`, `${path}.${name}`)
}
