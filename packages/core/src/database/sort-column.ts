import { compileQualified } from './filter/compile-filter.js'
import { isAlways } from './filter/condition.js'
import type { SortKey, Through } from './keyset.js'
import { quote, type Parameters } from './sql.js'

/** No field has a point in its name, and no path is too long for a column's. */
export const sortColumn = (index: number): string => `sort.${index}`

/** The value behind one relation to one record; null where there is none that counts. */
function valueOf({ steps, field }: Through, parameters: Parameters, outer: string, depth = 0): string {
  const [step] = steps.slice(depth)
  if (!step) return `${quote(outer)}.${quote(field.name)}`
  const { relation, rows } = step
  const alias = `s${depth + 1}`
  const value = valueOf({ path: '', steps, field }, parameters, alias, depth + 1)
  const joined = `${quote(alias)}.${quote(relation.there.name)} = ${quote(outer)}.${quote(relation.here.name)}`
  const counts = isAlways(rows) ? '' : ` AND ${compileQualified(rows, parameters, alias)}`
  // The target of a `belongsTo` is one by its unique key; of a `hasOne` it is the first that there is.
  const one = relation.type === 'belongsTo' ? '' : ` ORDER BY ${quote(alias)}."id" LIMIT 1`
  return `(SELECT ${value} FROM ${quote(relation.target.name)} AS ${quote(alias)} WHERE ${joined}${counts}${one})`
}

/** The table with a column more for each sort key that is behind a relation, under the table's own name. */
export function sortedTable(table: string, sort: readonly SortKey[], parameters: Parameters): string {
  const columns = sort.flatMap(({ field, through }) =>
    through ? [`, ${valueOf(through, parameters, table)} AS ${quote(field)}`] : [],
  )
  if (columns.length === 0) return quote(table)
  return `(SELECT *${columns.join('')} FROM ${quote(table)}) AS ${quote(table)}`
}
