import type { CompiledField } from '../../schema/shape.js'
import type { Operator } from './operators.js'

/** A filter after parsing: every name, operator and operand is known to be right. */
export type Condition =
  | { readonly type: 'all'; readonly conditions: readonly Condition[] }
  | { readonly type: 'any'; readonly conditions: readonly Condition[] }
  | { readonly type: 'not'; readonly condition: Condition }
  | { readonly type: 'test'; readonly field: CompiledField; readonly operator: Operator; readonly operand: unknown }
  | { readonly type: 'exists'; readonly join: Join; readonly condition: Condition }

/** The rows of another table that belong to a row of this one: two columns that are equal. */
export interface Join {
  readonly table: string
  /** The column of this row. */
  readonly here: string
  /** The column of the other table. */
  readonly there: string
}

/** Says nothing: true for every row. */
export const always: Condition = { type: 'all', conditions: [] }

/** Is the condition one that says nothing? */
export const isAlways = (condition: Condition): boolean =>
  condition.type === 'all' && condition.conditions.every(isAlways)

export const allOf = (...conditions: readonly Condition[]): Condition => {
  const telling = conditions.filter((condition) => !isAlways(condition))
  const [only] = telling
  return telling.length === 1 && only ? only : { type: 'all', conditions: telling }
}

const isEmptyList = (operand: unknown): boolean => Array.isArray(operand) && operand.length === 0

/** Is the condition true for every row there can be? It may say much and still narrow nothing. */
export function isTrueOfAll(condition: Condition): boolean {
  switch (condition.type) {
    case 'all':
      return condition.conditions.every(isTrueOfAll)
    case 'any':
      return condition.conditions.some(isTrueOfAll)
    case 'not':
      return isTrueOfNone(condition.condition)
    case 'test':
      return condition.operator.ofEmptyList === 'all' && isEmptyList(condition.operand)
    case 'exists':
      return false
  }
}

function isTrueOfNone(condition: Condition): boolean {
  switch (condition.type) {
    case 'all':
      return condition.conditions.some(isTrueOfNone)
    case 'any':
      return condition.conditions.every(isTrueOfNone)
    case 'not':
      return isTrueOfAll(condition.condition)
    case 'test':
      return condition.operator.ofEmptyList === 'none' && isEmptyList(condition.operand)
    case 'exists':
      return isTrueOfNone(condition.condition)
  }
}
