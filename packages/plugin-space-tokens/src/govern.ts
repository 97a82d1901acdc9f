import {
  AppError,
  root,
  systemPrincipal,
  type Govern,
  type PartOf,
  type Principal,
  type Restrict,
  type Ruling,
} from '@postern/core'
import { spaceField, spaceMembers, spaces, spaceTokenEvents, spaceTokens } from './collections.js'
import { spaceErrors } from './errors.js'
import { isAtLeast, roleFor } from './roles.js'
import { factsOf, placeOf } from './space-facts.js'
import { recordFields } from './token-record.js'

type Verdict = ReturnType<Govern>
type IsSpaced = (resource: string) => boolean

const isRoot = ({ roles }: Principal): boolean => roles.includes(root)

/** Which space takes a new record must be known. */
const makes = new Set(['create', 'firstOrCreate', 'updateOrCreate'])

/** What is written here is new, and gets its space; what is there keeps the one that it has. */
const keepsSpace = new Set(['update', 'destroy', 'move'])

/** Keys as such, nobody's yet: whoever asks what they may do asks about their role; records they get none. */
const isNobodys = ({ kind, userId, attributes }: Principal): boolean =>
  kind === 'apiKey' && userId === null && attributes === undefined

/** In a space the role of the member counts, in the place of grants; that of a key narrows it. */
function ruleRecords(principal: Principal, action: string, reads: boolean): Verdict {
  if (isNobodys(principal) && !isRoot(principal)) return { where: { [spaceField]: null }, besideGrants: true }
  const place = placeOf(principal)
  if (place instanceof AppError) return place
  if (place === 'nowhere') return 'deny'
  const needed = roleFor(action, reads)
  if (place === 'everywhere') return makes.has(action) ? spaceErrors.REQUIRED() : {}
  if (!isAtLeast(place.role, needed)) return 'deny'
  const where = { [spaceField]: place.id }
  const values = needed === 'viewer' || keepsSpace.has(action) ? {} : { values: where }
  const besideGrants = principal.kind === 'apiKey' && !isRoot(principal)
  return { where, ...values, ...(besideGrants ? { besideGrants } : {}) }
}

const spaceFields = ['createdAt', 'updatedAt', 'createdById', 'id', 'name', 'updatedById']

/** Members see their spaces; what they may do with them is theirs to say by role (`space-hooks.ts`, `space-actions.ts`). */
function ruleSpaces(principal: Principal, action: string): Verdict {
  if (principal.kind === 'spaceToken') return 'deny'
  const mayAll = isRoot(principal)
  const besideGrants = principal.kind === 'apiKey' && !mayAll
  const where = { deletedAt: null, ...(mayAll ? {} : { members: { userId: principal.userId } }) }
  if (action === 'list' || action === 'get') return { where, fields: spaceFields }
  if (action === 'update') return { where, besideGrants }
  if (action === 'create') return { besideGrants: !mayAll }
  return action === 'destroy' || action === 'restore' ? { besideGrants } : 'deny'
}

/** Members and tokens are reached under their space, where the caller's role is checked. */
function ruleManaged(principal: Principal, fields?: readonly string[]): Verdict {
  const { managed } = factsOf(principal)
  if (!managed) return 'deny'
  const where = { [spaceField]: managed.id }
  const ruling: Ruling = { where, values: where }
  return fields ? { ...ruling, fields } : ruling
}

const managers: readonly string[] = ['session', systemPrincipal.kind]

/** Who may call at all; his role in the space is checked by the action. Tokens are a matter of people who are signed in. */
function ruleManagement(principal: Principal, resource: string, reads: boolean): Verdict {
  if (managers.includes(principal.kind)) return {}
  if (resource === 'spaces.tokens' || principal.kind !== 'apiKey') return 'deny'
  return reads || isRoot(principal) ? {} : { besideGrants: true }
}

const isReading = (action: string): boolean => action === 'list' || action === 'get'

const own: ReadonlySet<string> = new Set([
  ...[spaces.name, spaceMembers.name, spaceTokens.name, spaceTokenEvents.name, 'spaces.members', 'spaces.tokens'],
])

/** Decides, in the place of grants, who may do what in spaces. */
export const governSpaces =
  (isSpaced: IsSpaced): Govern =>
  (principal, resource, action, reads) => {
    if (principal.kind === 'anonymous') return isSpaced(resource) || own.has(resource) ? 'deny' : undefined
    if (isSpaced(resource)) return ruleRecords(principal, action, reads)
    if (resource === spaces.name) return ruleSpaces(principal, action)
    if (resource === spaceMembers.name) return ruleManaged(principal)
    if (resource === spaceTokens.name) return ruleManaged(principal, isReading(action) ? recordFields : undefined)
    if (resource === 'spaces.members' || resource === 'spaces.tokens') return ruleManagement(principal, resource, reads)
    if (resource === spaceTokenEvents.name) return isRoot(principal) && isReading(action) ? {} : 'deny'
    return undefined
  }

/** The space that a call takes place in, for the database: it knows nothing of roles and actions. */
export const partOf: PartOf = (principal) => {
  const place = placeOf(principal)
  if (place instanceof AppError || place === 'nowhere') return undefined
  return place === 'everywhere' ? 'every' : place.id
}

/** What a token is itself, and the document of what it may call. */
const ofItself = new Set(['auth', 'swagger', 'openapi.json'])

/** A space token sees divided collections, and what it is itself; nothing else, whatever anybody else may. */
export const restrictTokens =
  (isSpaced: IsSpaced): Restrict =>
  ({ kind }, resource) =>
    kind === 'spaceToken' && !isSpaced(resource) && !ofItself.has(resource) ? 'deny' : undefined
