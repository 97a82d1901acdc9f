import type { CompiledField } from '../../schema/shape.js'
import type { Operator } from './operators.js'

/** A filter after parsing: every name, operator and operand is known to be right. */
export type Condition =
  | { readonly type: 'all'; readonly conditions: readonly Condition[] }
  | { readonly type: 'any'; readonly conditions: readonly Condition[] }
  | { readonly type: 'not'; readonly condition: Condition }
  | { readonly type: 'test'; readonly field: CompiledField; readonly operator: Operator; readonly operand: unknown }

/** Says nothing: true for every row. */
export const always: Condition = { type: 'all', conditions: [] }

/** Is the condition one that narrows nothing, whatever the rows? */
export const isAlways = (condition: Condition): boolean =>
  condition.type === 'all' && condition.conditions.every(isAlways)

export const allOf = (...conditions: readonly Condition[]): Condition => {
  const telling = conditions.filter((condition) => !isAlways(condition))
  const [only] = telling
  return telling.length === 1 && only ? only : { type: 'all', conditions: telling }
}
