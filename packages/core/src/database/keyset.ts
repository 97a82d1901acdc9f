import type { CompiledField } from '../schema/shape.js'
import type { CompiledCollection } from './collection.js'
import type { Condition } from './filter/condition.js'
import { isIndexed } from './indexes.js'
import type { ResolvedRelation } from './resolve-relation.js'
import { quote, type Parameters } from './sql.js'

/** A relation on the way to a sort key, and which records behind it count. */
export interface Step {
  readonly relation: ResolvedRelation
  readonly rows: Condition
}

/** A sort key that is not a column of the collection's own. */
export interface Through {
  /** As it was asked for: `club.name`. */
  readonly path: string
  readonly steps: readonly Step[]
  readonly field: CompiledField
}

export interface SortKey {
  /** A column; one that is made for the statement where the key is behind a relation. */
  readonly field: string
  readonly descending: boolean
  readonly through?: Through
}

/** Where a row stands in an order: for each sort key its value as PostgreSQL reads it; null for none. */
export type Position = readonly (string | null)[]

/** Rows that follow each other in an order, and that an index can give in this order. */
export interface Segment {
  /** The condition that its rows meet, in SQL. */
  readonly range: string
  /** Their order, in the words that the planner knows its indexes by. */
  readonly orderBy: string
}

const isNullable = ({ fields }: CompiledCollection, name: string): boolean =>
  name !== 'id' && fields.get(name)?.options.required !== true

const directed = ({ field, descending }: SortKey): string => `${quote(field)}${descending ? ' DESC' : ''}`

/** Nulls last in both directions. Where there can be none nothing is said, so that an index serves. */
function terms(collection: CompiledCollection, sort: readonly SortKey[]): string[] {
  return sort.map((key) => {
    const isSaid = key.descending && isNullable(collection, key.field)
    return `${directed(key)}${isSaid ? ' NULLS LAST' : ''}`
  })
}

export const orderText = (collection: CompiledCollection, sort: readonly SortKey[]): string =>
  terms(collection, sort).join(', ')

/** Is there an index that begins with the field? */
export function leadsIndex({ fields, options }: CompiledCollection, name: string | undefined): boolean {
  if (name === undefined || name === 'id') return name === 'id'
  const field = fields.get(name)
  return (field && isIndexed(field)) === true || options.index?.some(([first]) => first === name) === true
}

/** What the rows of a segment have in common. */
interface Common {
  readonly conditions: readonly string[]
  /** Columns that are null in all of them. */
  readonly nulls: readonly string[]
}

const nothing: Common = { conditions: [], nulls: [] }

/**
 * Columns that are always null are named in the order all the same, in the direction of what follows them: that is how the
 * planner knows their index.
 */
const behindNulls = (nulls: readonly string[], sort: readonly SortKey[], order: readonly string[]): string[] => [
  ...nulls.map((column) => `${column}${sort[0]?.descending === true ? ' DESC' : ''}`),
  ...order,
]

/** Rows that have something in common and are further on in the first key: those with a value, then those without. */
function ranges(
  collection: CompiledCollection,
  sort: readonly SortKey[],
  { conditions, nulls }: Common,
  isFurther: string,
): Segment[] {
  const [key, ...more] = sort
  if (!key) return []
  const rest = terms(collection, more)
  const segment = (condition: string, order: readonly string[]): Segment => ({
    range: [...conditions, condition].join(' AND '),
    orderBy: order.join(', '),
  })
  const column = quote(key.field)
  const valued = segment(isFurther, behindNulls(nulls, sort, [directed(key), ...rest]))
  if (!isNullable(collection, key.field)) return [valued]
  return [valued, segment(`${column} IS NULL`, behindNulls([...nulls, column], more, rest))]
}

/** The rows behind a position: those that differ from it in the last key only, …, those that differ in the first. */
export function segmentsAfter(
  collection: CompiledCollection,
  sort: readonly SortKey[],
  position: Position,
  parameters: Parameters,
): Segment[] {
  const segments: Segment[][] = []
  let common = nothing
  for (const [index, { field, descending }] of sort.entries()) {
    const { conditions, nulls } = common
    const column = quote(field)
    const value = position[index] ?? null
    // Nulls are last: only the next keys say what is behind one.
    if (value === null) common = { conditions: [...conditions, `${column} IS NULL`], nulls: [...nulls, column] }
    else {
      const place = parameters.add(value)
      segments.push(ranges(collection, sort.slice(index), common, `${column} ${descending ? '<' : '>'} ${place}`))
      common = { conditions: [...conditions, `${column} = ${place}`], nulls }
    }
  }
  return segments.reverse().flat()
}

/**
 * All rows, where it takes several ranges to follow an index: read backwards it has nulls first, and they are to be last.
 */
export function segmentsFromStart(collection: CompiledCollection, sort: readonly SortKey[]): Segment[] {
  const [first] = sort
  const isBackwards = first?.descending === true && isNullable(collection, first.field)
  return isBackwards ? ranges(collection, sort, nothing, `${quote(first.field)} IS NOT NULL`) : []
}
