import { rowsOf } from '../../acl/permission.js'
import type { Executor } from '../../database/executor.js'
import { allOf } from '../../database/filter/condition.js'
import { isAmong } from '../../database/filter/tests.js'
import { Records } from '../../database/records.js'
import { notFound, wire } from '../../kernel/wire-errors.js'
import type { Values } from '../../schema/shape.js'
import { isObject } from '../parameters.js'
import { tkValue } from '../target.js'
import type { AssociationCall } from './association.js'

/** A record to relate: its id, the value that the relation goes by, and what its link says of itself. */
export interface Linkable {
  readonly id: unknown
  readonly key: unknown
  readonly attributes?: Values | undefined
}

/** A record by its tk, as a caller gives it. */
export interface Named {
  readonly tk: unknown
  readonly attributes: Values | undefined
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/** `5`, `[5, {"weight": 1}]`, `{"id": 5}` */
function named(item: unknown, index: number, tkName: string): Named {
  const fault = () =>
    wire.INVALID_VALUE({ problem: 'a key, or [key, {attributes of the link}], is needed' }).at(String(index))
  if (isList(item)) {
    const [tk, attributes, ...rest] = item
    if (rest.length > 0 || Array.isArray(tk) || (attributes !== undefined && !isObject(attributes))) throw fault()
    return { ...named(tk, index, tkName), attributes }
  }
  if (isObject(item)) {
    const tk = item[tkName]
    if (tk === undefined || Object.keys(item).length > 1) throw fault()
    return { tk, attributes: undefined }
  }
  if (typeof item !== 'string' && typeof item !== 'number') throw fault()
  return { tk: item, attributes: undefined }
}

/** Which records the call names: in the body, in `filterByTk`, or in the path. Undefined when it names none. */
function given({ body, params, key }: AssociationCall['call']): readonly unknown[] | undefined {
  const { filterByTk } = params
  const fromQuery: unknown = typeof filterByTk === 'string' ? filterByTk.split(',') : filterByTk
  // Clients that always send a body send an empty one.
  const isEmpty = isObject(body) && Object.keys(body).length === 0
  const fromBody = isEmpty ? undefined : (body ?? undefined)
  const fromAddress = fromQuery ?? key
  if (fromBody !== undefined && fromAddress !== undefined) {
    throw wire.INVALID_QUERY({ problem: 'the body and the address both say which records' }).at('filterByTk')
  }
  const value = fromBody ?? fromAddress
  if (value === undefined) return undefined
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items.filter((item) => item !== '')
}

/**
 * The records that a call names, as far as the caller may see them.
 *
 * @returns undefined when the call names none
 * @throws 404 when one is not there or not visible; 403 when he may see none at all
 */
export async function linkablesOf(association: AssociationCall, executor: Executor): Promise<Linkable[] | undefined> {
  const { call, relation, context } = association
  const items = given(call)
  if (!items) return undefined
  if (items.length > context.limits.bulk) {
    throw wire.INVALID_VALUE({ problem: `at most ${context.limits.bulk} records can be related at once` })
  }
  const wanted = items.map((item, index) => named(item, index, relation.target.targetKey.name))
  const found = await findLinkables(association, executor, wanted)
  if (found.size < wanted.length) throw notFound()
  return [...new Map([...found.values()].map((linkable) => [String(linkable.id), linkable])).values()]
}

/** Finds records by their tks, as far as the caller may see them. */
export async function findLinkables(
  association: AssociationCall,
  executor: Executor,
  wanted: readonly Named[],
): Promise<ReadonlyMap<Named, Linkable>> {
  const { relation, context } = association
  const { target, there } = relation
  if (wanted.length === 0) return new Map()
  const tks = wanted.map(({ tk }) => tkValue(target, tk))
  const condition = allOf(isAmong(target.targetKey, tks), visibleRows(association))
  const fields = [...new Set(['id', there.name, target.targetKey.name])]
  const rows = await new Records(target, executor, context.clock, null).select({ fields, condition, varied: true })
  const byTk = new Map(rows.map((row) => [String(row[target.targetKey.name]), row]))
  return new Map(
    wanted.flatMap((name, index): [Named, Linkable][] => {
      const row = byTk.get(String(tks[index]))
      return row ? [[name, { id: row['id'], key: row[there.name], attributes: name.attributes }]] : []
    }),
  )
}

/** The rows of the target that the caller may see. @throws 403 */
export function visibleRows({ call, relation, rights }: AssociationCall) {
  const { target } = relation
  const may = (action: string) => (rights.isBuiltIn(target.name, action) ? rights.find(target.name, action) : undefined)
  const read = may('list') ?? may('get')
  if (!read) throw wire.NO_PERMISSION({ target: `${target.name}:list` })
  return rowsOf(read, target, call.principal, call.clock.now())
}
