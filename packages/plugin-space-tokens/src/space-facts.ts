import { notFound, root, wire, type AppError, type Principal } from '@postern/core'
import { spaceErrors } from './errors.js'
import { spaceRoles, type SpaceRole } from './roles.js'

export interface Space {
  readonly id: number
  /** What the caller is there. */
  readonly role: SpaceRole
}

interface Known {
  /** Of a space token: its space, with the name that addresses have it by. */
  readonly own?: Space & { readonly name: string }
  /** The spaces that the user is a member of. */
  readonly memberships?: ReadonlyMap<number, SpaceRole>
  /** Every space, where the user may enter all of them. */
  readonly every?: ReadonlySet<number>
  /** What `X-Space` says. */
  readonly asked?: { readonly text: string; readonly count: number }
  /** For the API document: the space that would be named. */
  readonly foreseen?: Space
  /** The space whose members or tokens this call is about: its caller was checked. */
  readonly managed?: Space
}

/** What is known of a caller and spaces. Travels in the attributes of principals. */
export class SpaceFacts {
  constructor(readonly known: Known) {}
}

const member = 'spaces'
const nothing = new SpaceFacts({})

export const factsOf = ({ attributes }: Principal): Known => {
  const facts = attributes?.[member]
  return (facts instanceof SpaceFacts ? facts : nothing).known
}

export const attributesWith = (known: Known): Readonly<Record<string, unknown>> => ({ [member]: new SpaceFacts(known) })

/**
 * The same caller for one call about the members or tokens of a space: what narrows his credential holds for everything
 * that the call touches, and what it allows under the space it allows of these records.
 *
 * @param under the resource that he called, `spaces.members`
 * @param records the collection that they are in
 */
export function managing(principal: Principal, managed: Space, under: string, records: string): Principal {
  const known = { ...factsOf(principal), managed }
  const attributes = { ...principal.attributes, ...attributesWith(known) }
  const { scopes } = principal
  if (!scopes) return { ...principal, attributes }
  const those = scopes.flatMap(({ resource, actions }) => (resource === under ? [{ resource: records, actions }] : []))
  return { ...principal, scopes: [...scopes, ...those], attributes }
}

/** Where a call takes place: in one space, in all of them, in none that the caller is in; or why that cannot be said. */
export type Place = Space | 'everywhere' | 'nowhere' | AppError

const wholeNumber = /^[1-9]\d{0,14}$/

function named({ text, count }: { readonly text: string; readonly count: number }): number | AppError {
  if (count > 1) return wire.INVALID_QUERY({ problem: 'X-Space was sent more than once' }).at('X-Space')
  return wholeNumber.test(text.trim()) ? Number(text.trim()) : notFound()
}

/** The space that a call on a divided collection takes place in. */
export function placeOf(principal: Principal): Place {
  const { own, memberships = new Map<number, SpaceRole>(), every, asked, foreseen } = factsOf(principal)
  const given = own ?? foreseen
  if (given) return given
  const isRoot = principal.roles.includes(root)
  if (asked) {
    const id = named(asked)
    if (typeof id !== 'number') return id
    if (isRoot && every?.has(id) === true) return { id, role: 'owner' }
    const role = memberships.get(id)
    return role ? { id, role } : notFound()
  }
  const [only, ...more] = memberships
  if (only && more.length === 0) return { id: only[0], role: isRoot ? 'owner' : only[1] }
  if (only) return spaceErrors.REQUIRED()
  return isRoot ? 'everywhere' : 'nowhere'
}

/** The same caller as if he had named a space: one in which he may do most. */
export function inSomeSpace(principal: Principal): Principal {
  const known = factsOf(principal)
  if (known.own || known.asked) return principal
  const held = new Set(known.memberships?.values())
  const role = principal.roles.includes(root) ? 'owner' : spaceRoles.findLast((one) => held.has(one))
  if (!role) return principal
  const attributes = { ...principal.attributes, ...attributesWith({ ...known, foreseen: { id: 0, role } }) }
  return { ...principal, attributes }
}
