import { rowsOf } from '../acl/permission.js'
import type { CompiledCollection } from '../database/collection.js'
import { allOf, isAlways, type Condition } from '../database/filter/condition.js'
import { operators } from '../database/filter/operators.js'
import { parseFilter } from '../database/filter/parse-filter.js'
import { variablesOf } from '../acl/permission.js'
import { notFound, wire } from '../kernel/wire-errors.js'
import type { ActionCall } from './action.js'
import { filterParameter, parameter } from './parameters.js'
import { readableSet } from './readable.js'

/** Which records a call means. */
export interface Target {
  readonly condition: Condition
  /** One tk was given: that record or 404. */
  readonly single: boolean
  /** Neither a tk nor a filter that narrows. */
  readonly unbounded: boolean
}

const equals = operators.get('$eq')
const among = operators.get('$in')

/** The caller's filter, and the rows that the permission leaves. */
export function filterOf(collection: CompiledCollection, call: ActionCall, inBody: boolean): Condition {
  const { value, textual } = filterParameter(parameter(call, 'filter', inBody))
  if (value === undefined) return allOf()
  return parseFilter(collection, value, {
    readable: readableSet(collection, call.permission),
    variable: variablesOf(call.principal),
    textual,
  })
}

/** The value of a tk from the address. What cannot be one identifies no record. */
function tkValue({ targetKey }: CompiledCollection, text: unknown): unknown {
  const value = typeof text === 'string' && targetKey.kind.fromText ? targetKey.kind.fromText(text) : text
  const result = targetKey.operand.safeParse(value)
  if (!result.success) throw notFound()
  return result.data
}

/** Tks of the call: from the path (always one), or `filterByTk` in the query (one or several). */
function tksOf(
  call: ActionCall,
  inBody: boolean,
): { readonly texts: readonly unknown[]; readonly single: boolean } | undefined {
  const { value } = parameter(call, 'filterByTk', inBody)
  if (call.key !== undefined) return { texts: [call.key], single: true }
  if (value === undefined) return undefined
  if (Array.isArray(value)) return { texts: value, single: false }
  if (typeof value === 'number') return { texts: [value], single: true }
  if (typeof value !== 'string' || value === '') {
    throw wire.INVALID_QUERY({ problem: 'filterByTk must be a key or a list of keys' }).at('filterByTk')
  }
  const texts = value.split(',')
  return { texts, single: texts.length === 1 }
}

function byTks(collection: CompiledCollection, texts: readonly unknown[], single: boolean): Condition {
  const field = collection.targetKey
  const operator = single ? equals : among
  if (!operator) throw new Error('the operators $eq and $in are there')
  const values = texts.map((text) => tkValue(collection, text))
  return { type: 'test', field, operator, operand: single ? values[0] : values }
}

/** Works out which records a call means, within what the caller may touch. */
export function targetOf(collection: CompiledCollection, call: ActionCall, inBody = false): Target {
  const rows = rowsOf(call.permission, collection, call.principal)
  const tks = tksOf(call, inBody)
  const filter = filterOf(collection, call, inBody)
  if (!tks) return { condition: allOf(filter, rows), single: false, unbounded: isAlways(filter) }
  const key = byTks(collection, tks.texts, tks.single)
  return { condition: allOf(key, filter, rows), single: tks.single, unbounded: tks.texts.length === 0 }
}
