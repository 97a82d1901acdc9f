import type { OperatorGroup } from '../../schema/field.js'
import type { CompiledField } from '../../schema/shape.js'
import { columnType, encode } from '../model.js'
import type { Parameters } from '../sql.js'
import { anyOf, sameMembers } from './array-conditions.js'
import { datedKinds, isDateRange } from './date-operand.js'

/**
 * What an operator takes: a value of the field, a list of them, two of them, a text (or texts), dates as people say
 * them, or nothing (`true`).
 */
export type OperandForm = 'value' | 'list' | 'pair' | 'text' | 'dates' | 'flag'

export interface Operator {
  readonly name: string
  readonly operand: OperandForm
  /** The kinds of field that it applies to; every kind unless it says so. */
  readonly groups?: readonly OperatorGroup[]
  /** Within the groups only these kinds. */
  readonly kinds?: readonly string[]
  /** What an empty list selects, whatever the rows. */
  readonly ofEmptyList?: 'all' | 'none'
  /** The condition in SQL. `column` is quoted already; every value goes through `parameters`. */
  compile(column: string, operand: unknown, parameters: Parameters, field: CompiledField): string
}

type Compile = Operator['compile']

const isNull = (column: string): string => `${column} IS NULL`
const isNotNull = (column: string): string => `${column} IS NOT NULL`
const listOf = (operand: unknown): readonly unknown[] => (Array.isArray(operand) ? operand : [operand])

const compare =
  (sign: string): Compile =>
  (column, operand, parameters, field) =>
    `${column} ${sign} ${parameters.add(encode(field, operand))}`

const equal: Compile = (column, operand, parameters, field) =>
  operand === null ? isNull(column) : `${column} = ${parameters.add(encode(field, operand))}`

/** One parameter whatever the length of the list, so that the text of the statement stays the same. */
const among: Compile = (column, operand, parameters, field) => {
  const values = listOf(operand)
  const known = values.filter((value) => value !== null).map((value) => encode(field, value))
  const type = columnType({ kind: field.kind, options: {} })
  const test = `${column} = ANY(${parameters.add(known)}::${type.replace(/\(.*\)/, '')}[])`
  return values.includes(null) ? `(${test} OR ${isNull(column)})` : test
}

/** The literal text as a LIKE pattern: the pattern language itself is out of callers' reach. */
const literal = (text: unknown): string => String(text).replace(/[\\%_]/g, '\\$&')

const matches =
  (before: string, after: string): Compile =>
  (column, operand, parameters) =>
    `${column} ILIKE ANY(${parameters.add(listOf(operand).map((text) => `${before}${literal(text)}${after}`))}::text[])`

const negated =
  (compile: Compile): Compile =>
  (column, operand, parameters, field) =>
    `NOT (${compile(column, operand, parameters, field)})`

const withNulls =
  (compile: Compile): Compile =>
  (column, operand, parameters, field) =>
    `(${compile(column, operand, parameters, field)} OR ${isNull(column)})`

const between: Compile = (column, operand, parameters, field) => {
  const [from, to] = listOf(operand)
  return `${column} BETWEEN ${parameters.add(encode(field, from))} AND ${parameters.add(encode(field, to))}`
}

const empty: Compile = (column, _operand, _parameters, field) => {
  if (field.kind.operators === 'text') return `(${isNull(column)} OR ${column} = '')`
  return field.kind.operators === 'array' ? `(${isNull(column)} OR ${column} = '[]')` : isNull(column)
}

/** Ranges hold their beginning and not their end, so that none of them needs to know how fine the column is. */
const dated =
  (test: (column: string, from: () => string, to: () => string) => string): Compile =>
  (column, operand, parameters) => {
    if (!isDateRange(operand)) throw new Error('dates are read before they are compiled')
    return test(
      column,
      () => parameters.add(operand.from),
      () => parameters.add(operand.to),
    )
  }
const on = dated((column, from, to) => `(${column} >= ${from()} AND ${column} < ${to()})`)

const ordered: readonly OperatorGroup[] = ['text', 'number', 'date', 'id']
const scalar: readonly OperatorGroup[] = ['text', 'number', 'date', 'id', 'boolean']
const text: readonly OperatorGroup[] = ['text']
const arrays: readonly OperatorGroup[] = ['array']
const dates = { operand: 'dates', groups: ['date'], kinds: datedKinds } as const

/** Every operator. Adding one is one line: its name, what it takes, where it applies, its SQL. */
const list: readonly Operator[] = [
  { name: '$eq', operand: 'value', compile: equal },
  {
    name: '$ne',
    operand: 'value',
    compile: (column, operand, parameters, field) =>
      operand === null ? isNotNull(column) : `${column} IS DISTINCT FROM ${parameters.add(encode(field, operand))}`,
  },
  { name: '$gt', operand: 'value', groups: ordered, compile: compare('>') },
  { name: '$gte', operand: 'value', groups: ordered, compile: compare('>=') },
  { name: '$lt', operand: 'value', groups: ordered, compile: compare('<') },
  { name: '$lte', operand: 'value', groups: ordered, compile: compare('<=') },
  { name: '$in', operand: 'list', groups: scalar, ofEmptyList: 'none', compile: among },
  {
    name: '$notIn',
    operand: 'list',
    groups: scalar,
    ofEmptyList: 'all',
    compile: (column, operand, parameters, field) => {
      const values = listOf(operand)
      const test = `NOT ${among(
        column,
        values.filter((value) => value !== null),
        parameters,
        field,
      )}`
      return values.includes(null) ? `(${test} AND ${isNotNull(column)})` : `(${test} OR ${isNull(column)})`
    },
  },
  { name: '$between', operand: 'pair', groups: ordered, compile: between },
  { name: '$notBetween', operand: 'pair', groups: ordered, compile: negated(between) },
  { name: '$empty', operand: 'flag', compile: empty },
  { name: '$notEmpty', operand: 'flag', compile: negated(empty) },
  { name: '$exists', operand: 'flag', compile: isNotNull },
  { name: '$notExists', operand: 'flag', compile: isNull },
  { name: '$isTruly', operand: 'flag', groups: ['boolean'], compile: (column) => `${column} IS TRUE` },
  { name: '$isFalsy', operand: 'flag', groups: ['boolean'], compile: (column) => `${column} IS NOT TRUE` },
  { name: '$includes', operand: 'text', groups: text, ofEmptyList: 'none', compile: matches('%', '%') },
  { name: '$notIncludes', operand: 'text', groups: text, ofEmptyList: 'all', compile: negated(matches('%', '%')) },
  { name: '$startsWith', operand: 'text', groups: text, ofEmptyList: 'none', compile: matches('', '%') },
  { name: '$notStartsWith', operand: 'text', groups: text, ofEmptyList: 'all', compile: negated(matches('', '%')) },
  { name: '$endWith', operand: 'text', groups: text, ofEmptyList: 'none', compile: matches('%', '') },
  { name: '$notEndWith', operand: 'text', groups: text, ofEmptyList: 'all', compile: negated(matches('%', '')) },
  { name: '$match', operand: 'list', groups: arrays, compile: sameMembers },
  { name: '$notMatch', operand: 'list', groups: arrays, compile: negated(sameMembers) },
  { name: '$anyOf', operand: 'list', groups: arrays, ofEmptyList: 'none', compile: anyOf },
  { name: '$noneOf', operand: 'list', groups: arrays, ofEmptyList: 'all', compile: withNulls(negated(anyOf)) },
  { name: '$arrayEmpty', operand: 'flag', groups: arrays, compile: (column) => `${column} = '[]'` },
  { name: '$arrayNotEmpty', operand: 'flag', groups: arrays, compile: (column) => `${column} <> '[]'` },
  { name: '$dateOn', ...dates, compile: on },
  { name: '$dateNotOn', ...dates, compile: negated(on) },
  { name: '$dateBefore', ...dates, compile: dated((column, from) => `${column} < ${from()}`) },
  { name: '$dateNotBefore', ...dates, compile: dated((column, from) => `${column} >= ${from()}`) },
  { name: '$dateAfter', ...dates, compile: dated((column, _from, to) => `${column} >= ${to()}`) },
  { name: '$dateNotAfter', ...dates, compile: dated((column, _from, to) => `${column} < ${to()}`) },
  { name: '$dateBetween', ...dates, compile: on },
]

export const operators: ReadonlyMap<string, Operator> = new Map(list.map((operator) => [operator.name, operator]))
