import { z } from 'zod'
import type { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import { isNetwork } from '../networks.js'
import type { CredentialScope, Principal, RateLimit } from '../principal.js'

const mostScopes = 100
const mostActions = 100
const mostNetworks = 100
const highestLimit = 1_000_000_000
/** Seconds. */
const longestWindow = 604_800
const longestName = 255

const name = (what: string) =>
  z
    .string(`must be the name of ${what}`)
    .min(1, `must be the name of ${what}`)
    .max(longestName, `must be the name of ${what}`)

const scope = z.strictObject(
  {
    resource: name('a resource'),
    actions: z
      .array(name('an action'), 'must be a list of names of actions')
      .min(1, 'must name at least one action')
      .max(mostActions, `must name at most ${mostActions} actions`),
  },
  'must be such as {"resource":"todos","actions":["list","get"]}',
)

const whole = (most: number) => {
  const problem = `must be a whole number from 1 to ${most}`
  return z.int(problem).min(1, problem).max(most, problem)
}

/**
 * Members of a body that narrow a credential, for the input of an action. Absent and null narrow nothing; an empty list
 * of addresses neither.
 */
export const limitsInput = {
  scopes: z
    .array(scope, 'must be a list of scopes')
    .min(1, 'must name at least one scope; leave it out for all that the role may do')
    .max(mostScopes, `must name at most ${mostScopes} scopes`)
    .nullable()
    .optional(),
  readOnly: z.boolean('must be true or false').optional(),
  allowedIps: z
    .array(
      z
        .string('must be an address or a network')
        .refine(isNetwork, 'must be an address or a network, such as "203.0.113.7", "10.0.0.0/8" or "2001:db8::/32"'),
      'must be a list of addresses and networks',
    )
    .max(mostNetworks, `must have at most ${mostNetworks} entries`)
    .nullable()
    .optional(),
  rateLimit: z
    .strictObject(
      { limit: whole(highestLimit), window: whole(longestWindow) },
      'must be such as {"limit":600,"window":60}: requests, and seconds',
    )
    .nullable()
    .optional(),
} as const

/** What a stored credential is narrowed to. */
export interface CredentialLimits {
  readonly scopes: readonly CredentialScope[] | null
  readonly readOnly: boolean
  readonly allowedIps: readonly string[]
  readonly rateLimit: RateLimit | null
}

const stored = z.object(limitsInput)

/**
 * What a row says, as the part of a principal that core enforces at every request.
 *
 * @returns undefined for a row that somebody broke with SQL: nobody knows what such a credential may do
 */
export function principalLimits(
  row: Readonly<Record<string, unknown>>,
): Pick<Principal, 'scopes' | 'readOnly' | 'allowedIps' | 'rateLimit'> | undefined {
  const parsed = stored.safeParse(row)
  if (!parsed.success) return undefined
  const { scopes, readOnly, allowedIps, rateLimit } = parsed.data
  return {
    ...(scopes ? { scopes } : {}),
    ...(readOnly === true ? { readOnly } : {}),
    ...(allowedIps && allowedIps.length > 0 ? { allowedIps } : {}),
    ...(rateLimit ? { rateLimit } : {}),
  }
}

const fault = (problem: string, path: string): AppError => wire.INVALID_VALUE({ problem }).at(path)

/** What is needed to tell whether a scope is more than the credential's roles allow. */
export interface ScopeJudge {
  /** May the roles call this action? */
  permits(resource: string, action: string): boolean
  /** The names of a resource's actions. */
  actionsOf(resource: string): readonly string[]
  /** What can be granted on it beside those: to relate its records. */
  grantable?(resource: string): readonly string[]
}

/** Scopes may be narrower than the roles, never wider. @throws 400 INVALID_VALUE naming the first that is */
export function checkScopes(scopes: readonly CredentialScope[] | null | undefined, judge: ScopeJudge): void {
  for (const [index, { resource, actions }] of (scopes ?? []).entries()) {
    const known = judge.actionsOf(resource)
    for (const action of actions) {
      const named = action === '*' ? known : [action]
      const isKnown = (each: string): boolean =>
        known.includes(each) || judge.grantable?.(resource).includes(each) === true
      const isWithin = named.length > 0 && named.every((each) => isKnown(each) && judge.permits(resource, each))
      if (!isWithin) throw fault(`the role does not allow ${resource}:${action}`, `scopes.${index}.actions`)
    }
  }
}

const covers = (scopes: readonly CredentialScope[], resource: string, action: string): boolean =>
  scopes.some((each) => each.resource === resource && (each.actions.includes(action) || each.actions.includes('*')))

/** What was given away can be taken back, not added to. @throws 400 INVALID_VALUE */
export function checkNarrower(
  before: Pick<CredentialLimits, 'scopes' | 'readOnly'>,
  after: Partial<CredentialLimits>,
): void {
  if (before.readOnly && after.readOnly === false) {
    throw fault('what is for reading only stays so; make a new one instead', 'readOnly')
  }
  const { scopes } = after
  if (scopes === undefined || before.scopes === null) return
  const held = before.scopes
  const isNarrower = scopes?.every(({ resource, actions }) => actions.every((action) => covers(held, resource, action)))
  if (isNarrower !== true) throw fault('scopes can only become narrower; make a new one instead', 'scopes')
}
