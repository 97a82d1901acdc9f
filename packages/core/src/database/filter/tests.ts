import type { CompiledField } from '../../schema/shape.js'
import type { Condition } from './condition.js'
import { operators } from './operators.js'

function test(field: CompiledField, name: string, operand: unknown): Condition {
  const operator = operators.get(name)
  if (!operator) throw new Error(`the operator ${name} is there`)
  return { type: 'test', field, operator, operand }
}

/** The field has this value. */
export const isEqual = (field: CompiledField, value: unknown): Condition => test(field, '$eq', value)

/** The field has one of these values. */
export const isAmong = (field: CompiledField, values: readonly unknown[]): Condition => test(field, '$in', values)
