import { quote, type Parameters } from '../sql.js'
import type { Condition } from './condition.js'

/** The condition as SQL, for the columns of one table (or its alias). */
export function compileFilter(condition: Condition, parameters: Parameters, table?: string): string {
  switch (condition.type) {
    case 'all':
      return join(condition.conditions, ' AND ', 'TRUE', parameters, table)
    case 'any':
      return join(condition.conditions, ' OR ', 'FALSE', parameters, table)
    case 'not':
      return `NOT (${compileFilter(condition.condition, parameters, table)})`
    case 'test': {
      const column = quote(condition.field.name)
      const qualified = table === undefined ? column : `${quote(table)}.${column}`
      return condition.operator.compile(qualified, condition.operand, parameters, condition.field)
    }
  }
}

function join(
  conditions: readonly Condition[],
  word: string,
  none: string,
  parameters: Parameters,
  table?: string,
): string {
  if (conditions.length === 0) return none
  return `(${conditions.map((condition) => compileFilter(condition, parameters, table)).join(word)})`
}
