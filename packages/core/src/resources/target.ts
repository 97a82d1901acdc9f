import { rowsOf, variablesOf, type Permission } from '../acl/permission.js'
import type { CompiledCollection } from '../database/collection.js'
import { allOf, always, isTrueOfAll, type Condition } from '../database/filter/condition.js'
import { filterLimits } from '../database/filter/filter-options.js'
import { parseFilter } from '../database/filter/parse-filter.js'
import { isAmong, isEqual } from '../database/filter/tests.js'
import { notFound, wire } from '../kernel/wire-errors.js'
import type { ActionCall } from './action.js'
import { callTime } from './call-time.js'
import { filterParameter, parameter } from './parameters.js'
import { sightThrough, withoutSight } from './sight.js'

/** Which records a call means. */
export interface Target {
  readonly condition: Condition
  /** One tk was given: that record or 404. */
  readonly single: boolean
  /** More than one tk was given. */
  readonly several: boolean
  /** Neither a tk nor a filter that narrows. */
  readonly unbounded: boolean
}

/**
 * The caller's filter. Filtering is reading.
 *
 * @param read what he may read of the collection; undefined for nothing
 */
export function filterOf(
  collection: CompiledCollection,
  call: ActionCall,
  inBody: boolean,
  read: Permission | undefined,
): Condition {
  const { value, textual } = filterParameter(parameter(call, 'filter', inBody))
  if (value === undefined) return allOf()
  return parseFilter(collection, value, {
    ...(read ? sightThrough(call, collection, read) : withoutSight(collection)),
    variable: variablesOf(call.principal),
    textual,
    time: callTime(call),
  })
}

function readTk({ targetKey }: CompiledCollection, text: unknown) {
  const value = typeof text === 'string' && targetKey.kind.fromText ? targetKey.kind.fromText(text) : text
  return targetKey.operand.safeParse(value)
}

export const canBeTk = (collection: CompiledCollection, text: unknown): boolean => readTk(collection, text).success

/** The value of a tk from the address. What cannot be one identifies no record. */
export function tkValue(collection: CompiledCollection, text: unknown): unknown {
  const result = readTk(collection, text)
  if (!result.success) throw notFound()
  return result.data
}

/** `1,2`, or a list as JSON: `[1,2]`. */
function listOf(text: string): readonly unknown[] {
  if (!text.startsWith('[')) return text.split(',')
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list)) return list
  } catch {
    // Not JSON: then it is a key that begins with a bracket.
  }
  return [text]
}

interface Tks {
  readonly texts: readonly unknown[]
  readonly single: boolean
}

/** `filterByTk[]=`, `filterByTk=` and `filterByTk=[]` are ways to write a list of none. */
const isNoTk = (text: unknown): boolean => text === ''

/** Tks of the call: from the path (always one), or `filterByTk` in the query (one or several). */
function tksOf(call: ActionCall, inBody: boolean): Tks | undefined {
  const { value } = parameter(call, 'filterByTk', inBody)
  if (call.key !== undefined) {
    if (value === undefined || value === call.key || value === Number(call.key))
      return { texts: [call.key], single: true }
    throw wire.INVALID_QUERY({ problem: 'the key in the path and filterByTk differ' }).at('filterByTk')
  }
  if (value === undefined) return undefined
  if (typeof value === 'number') return { texts: [value], single: true }
  const texts: unknown = typeof value === 'string' ? listOf(value) : value
  if (!Array.isArray(texts)) {
    throw wire.INVALID_QUERY({ problem: 'filterByTk must be a key or a list of keys' }).at('filterByTk')
  }
  if (texts.length > filterLimits.values) {
    throw wire.INVALID_QUERY({ problem: `filterByTk has more than ${filterLimits.values} keys` }).at('filterByTk')
  }
  return { texts: texts.every(isNoTk) ? [] : texts, single: texts[0] === value && texts.length === 1 }
}

function byTks(collection: CompiledCollection, texts: readonly unknown[], single: boolean): Condition {
  const values = texts.map((text) => tkValue(collection, text))
  return single ? isEqual(collection.targetKey, values[0]) : isAmong(collection.targetKey, values)
}

/** The one record that the action of a plugin works on, if it is among the rows that the caller may touch. */
export const recordOf = (
  collection: CompiledCollection,
  { key, permission, principal, clock }: ActionCall,
): Condition => allOf(byTks(collection, [key], true), rowsOf(permission, collection, principal, clock.now()))

/** The record of one tk, however it was sent. @throws 404 for what cannot be one */
export const conditionOfTk = (collection: CompiledCollection, tk: unknown): Condition => byTks(collection, [tk], true)

/**
 * Works out which records a call means, within what the caller may touch.
 *
 * @param read what he may read: his filter finds nothing else
 */
export function targetOf(
  collection: CompiledCollection,
  call: ActionCall,
  inBody: boolean,
  read: Permission | undefined,
): Target {
  const rows = (permission: Permission) => rowsOf(permission, collection, call.principal, call.clock.now())
  const tks = tksOf(call, inBody)
  const filter = filterOf(collection, call, inBody, read)
  const isFiltered = !isTrueOfAll(filter)
  const readable = isFiltered && read && read !== call.permission ? rows(read) : always
  const condition = allOf(filter, readable, rows(call.permission))
  if (!tks) return { condition, single: false, several: false, unbounded: !isFiltered }
  const { texts, single } = tks
  const key = byTks(collection, texts, single)
  return { condition: allOf(key, condition), single, several: texts.length > 1, unbounded: texts.length === 0 }
}
