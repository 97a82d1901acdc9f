import { allOf, always, type Condition } from '../database/filter/condition.js'
import { serverTime } from '../database/filter/filter-time.js'
import { parseFilter } from '../database/filter/parse-filter.js'
import type { CompiledCollection } from '../database/collection.js'
import type { Principal } from '../auth/principal.js'
import { AppError } from '../kernel/errors.js'
import type { Grant } from './grant.js'
import type { Restriction } from './restriction.js'

type Where = Readonly<Record<string, unknown>>

/** What a call may touch: the intersection of what its grants allow and its restrictions leave. */
export interface Permission {
  /** One of these filters must match; undefined: every row. */
  readonly anyOf: readonly Where[] | undefined
  /** All of these filters must match as well. */
  readonly allOf: readonly Where[]
  /** The fields that may be read and written; undefined: all that are not hidden. */
  readonly fields: ReadonlySet<string> | undefined
  /** Written into every record. */
  readonly values: Where | undefined
  /** The rows must meet this as well: they are those of a parent, say. */
  readonly within?: Condition
}

export const unlimited: Permission = { anyOf: undefined, allOf: [], fields: undefined, values: undefined }

const isSet = (where: Where | null | undefined): where is Where =>
  where !== null && where !== undefined && Object.keys(where).length > 0

/** Fields of grants that apply to the same rows add up. */
function union(grants: readonly Grant[]): ReadonlySet<string> | undefined {
  const lists = grants.map((grant) => grant.fields ?? undefined)
  return lists.includes(undefined) ? undefined : new Set(lists.flatMap((list) => list ?? []))
}

export const intersect = (
  a: ReadonlySet<string> | undefined,
  b: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined => (a && b ? new Set([...a].filter((name) => b.has(name))) : (a ?? b))

/**
 * How the grants of several roles combine: rows add up. Fields add up where they are granted for the same rows; where
 * rows differ, only the fields that every part allows are given, so that no row shows more than one of its grants does.
 */
export function combineGrants(grants: readonly Grant[]): Permission | undefined {
  if (grants.length === 0) return undefined
  const forEveryRow = grants.filter((grant) => !isSet(grant.where))
  const byWhere = new Map<string, Grant[]>()
  for (const grant of grants) {
    const key = isSet(grant.where) ? JSON.stringify(grant.where) : ''
    byWhere.set(key, [...(byWhere.get(key) ?? []), grant])
  }
  // What holds for every row holds for the rows of each other grant too.
  const parts = [...byWhere.values()].map((part) => union([...new Set([...part, ...forEveryRow])]))
  const [first, ...rest] = parts
  const fields = rest.reduce((common, part) => intersect(common, part), first)
  const wheres =
    forEveryRow.length > 0 ? undefined : grants.flatMap((grant) => (isSet(grant.where) ? [grant.where] : []))
  return { anyOf: wheres, allOf: [], fields, values: undefined }
}

export function narrow(permission: Permission, restriction: Restriction): Permission {
  return {
    anyOf: permission.anyOf,
    allOf: isSet(restriction.where) ? [...permission.allOf, restriction.where] : permission.allOf,
    fields: intersect(permission.fields, restriction.fields && new Set(restriction.fields)),
    values: restriction.values ? { ...permission.values, ...restriction.values } : permission.values,
    ...(permission.within ? { within: permission.within } : {}),
  }
}

/** The same permission for those rows only that meet a condition; what is written gets the values. */
export const confine = (permission: Permission, within: Condition, values: Where = {}): Permission => ({
  ...permission,
  values: { ...permission.values, ...values },
  within: permission.within ? allOf(permission.within, within) : within,
})

export const hasRowRules = (permission: Permission): boolean =>
  permission.anyOf !== undefined || permission.allOf.length > 0 || permission.within !== undefined

/** `{{$user.id}}`, `{{$nRole}}`: the caller's own values. */
export const variablesOf =
  (principal: Principal) =>
  (name: string): unknown => {
    if (name === '$user.id') return principal.userId
    if (name === '$nRole') return principal.roles[0] ?? null
    return undefined
  }

/**
 * The rows that a permission leaves, as a condition on a collection. Days in rules are those of UTC: callers cannot move
 * them by naming a zone.
 *
 * @param now milliseconds since 1970
 */
export function rowsOf(
  permission: Permission,
  collection: CompiledCollection,
  principal: Principal,
  now = Date.now(),
): Condition {
  if (!hasRowRules(permission)) return always
  const rule = (where: Where): Condition => ruleOf(where, collection, principal, now)
  const granted: Condition = permission.anyOf ? { type: 'any', conditions: permission.anyOf.map(rule) } : always
  return allOf(granted, ...permission.allOf.map(rule), permission.within ?? always)
}

const never: Condition = { type: 'any', conditions: [] }

/**
 * A rule that cannot be applied lets nothing through: one that asks for a value which the caller does not have (nobody in
 * particular owns nothing, although rows without an owner would match null), or for a field that was dropped since.
 */
function ruleOf(where: Where, collection: CompiledCollection, principal: Principal, now: number): Condition {
  let isVoid = false
  const variable = (name: string): unknown => {
    const value = variablesOf(principal)(name)
    isVoid ||= value === null
    return value
  }
  try {
    const time = serverTime(now)
    const condition = parseFilter(collection, where, { trusted: true, variable, path: 'where', time })
    return isVoid ? never : condition
  } catch (error) {
    if (error instanceof AppError && error.status < 500) return never
    throw error
  }
}
