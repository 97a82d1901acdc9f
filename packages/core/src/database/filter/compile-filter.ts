import { quote, type Parameters } from '../sql.js'
import type { Condition, Join } from './condition.js'

/** The table whose rows a condition is about. */
export interface Subject {
  /** Its name in the statement: the table's own, or an alias. */
  readonly name: string
  /** Columns are written with the name: needed where several tables are in sight. */
  readonly qualified: boolean
  /** How many tables are around it. */
  readonly depth: number
}

const column = ({ name, qualified }: Subject, field: string): string =>
  qualified ? `${quote(name)}.${quote(field)}` : quote(field)

/** The condition as SQL, for the columns of one table. */
export function compileFilter(condition: Condition, parameters: Parameters, table: string): string {
  return compile(condition, parameters, { name: table, qualified: false, depth: 0 })
}

/** The same where the table stands in the statement under an alias, or beside others. */
export function compileQualified(condition: Condition, parameters: Parameters, alias: string): string {
  return compile(condition, parameters, { name: alias, qualified: true, depth: 0 })
}

function compile(condition: Condition, parameters: Parameters, subject: Subject): string {
  switch (condition.type) {
    case 'all':
      return join(condition.conditions, ' AND ', 'TRUE', parameters, subject)
    case 'any':
      return join(condition.conditions, ' OR ', 'FALSE', parameters, subject)
    case 'not':
      return `NOT (${compile(condition.condition, parameters, subject)})`
    case 'test': {
      const { operator, operand, field } = condition
      return operator.compile(column(subject, field.name), operand, parameters, field)
    }
    case 'exists':
      return exists(condition.join, condition.condition, parameters, subject)
  }
}

function exists({ table, here, there }: Join, condition: Condition, parameters: Parameters, outer: Subject): string {
  const inner: Subject = { name: `r${outer.depth + 1}`, qualified: true, depth: outer.depth + 1 }
  const joined = `${column(inner, there)} = ${column({ ...outer, qualified: true }, here)}`
  const matched = compile(condition, parameters, inner)
  return `EXISTS (SELECT FROM ${quote(table)} AS ${quote(inner.name)} WHERE ${joined} AND ${matched})`
}

function join(
  conditions: readonly Condition[],
  word: string,
  none: string,
  parameters: Parameters,
  subject: Subject,
): string {
  if (conditions.length === 0) return none
  return `(${conditions.map((condition) => compile(condition, parameters, subject)).join(word)})`
}
