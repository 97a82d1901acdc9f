import { writeExactJson } from '../../schema/exact-number.js'
import type { Parameters } from '../sql.js'

type ArrayCondition = (column: string, operand: unknown, parameters: Parameters) => string

const listOf = (operand: unknown): readonly unknown[] => (Array.isArray(operand) ? operand : [operand])
const isComposite = (value: unknown): boolean => typeof value === 'object' && value !== null
const texts = (values: readonly unknown[]): string[] => values.map(writeExactJson)

/** Unknown for null, as every comparison is. */
const ofArray = (column: string, condition: string): string =>
  `CASE jsonb_typeof(${column}) WHEN 'array' THEN ${condition} END`

/**
 * At least one member is one of the values. Containment is exact for plain values and can use an index; a list or an
 * object would also be found in one that has more in it, so members are compared one by one then.
 */
export const anyOf: ArrayCondition = (column, operand, parameters) => {
  const values = listOf(operand)
  if (!values.some(isComposite)) {
    return `${column} @> ANY(${parameters.add(texts(values.map((value) => [value])))}::jsonb[])`
  }
  const list = `${parameters.add(texts(values))}::jsonb[]`
  return ofArray(column, `EXISTS (SELECT FROM jsonb_array_elements(${column}) AS m(v) WHERE m.v = ANY(${list}))`)
}

/** The same members, however often and in whatever order. */
export const sameMembers: ArrayCondition = (column, operand, parameters) => {
  const values = listOf(operand)
  if (!values.some(isComposite)) {
    const list = `${parameters.add(writeExactJson(values))}::jsonb`
    return `(${column} @> ${list} AND ${column} <@ ${list})`
  }
  const list = `${parameters.add(texts(values))}::jsonb[]`
  const members = `SELECT v FROM jsonb_array_elements(${column}) AS m(v)`
  const wanted = `SELECT v FROM unnest(${list}) AS w(v)`
  return ofArray(column, `NOT EXISTS ((${members} EXCEPT ${wanted}) UNION ALL (${wanted} EXCEPT ${members}))`)
}
