/** What a role may do with one resource. */
export interface Grant {
  readonly role: string
  readonly resource: string
  /** Names of actions; `*` is every action of the resource. */
  readonly actions: readonly string[]
  /** Only these fields are read and written; all when absent. */
  readonly fields?: readonly string[] | null
  /** Only rows that match this filter; `{{$user.id}}` and the like are the caller's. */
  readonly where?: Readonly<Record<string, unknown>> | null
}

export const allows = (grant: Grant, action: string): boolean =>
  grant.actions.includes(action) || grant.actions.includes('*')

/** A right that brings others with it: whoever may `by.action` may these actions too. */
export interface Implication {
  readonly by: { readonly resource: string; readonly action: string }
  readonly resource: string
  readonly actions: readonly string[]
}

const isLimited = ({ fields, where }: Grant): boolean =>
  (fields !== undefined && fields !== null) || (where !== undefined && where !== null)

/** Limits are about the fields of one collection: with them a grant implies nothing about another. */
export const implies = (grant: Grant, { by, resource }: Implication): boolean =>
  grant.resource === by.resource && allows(grant, by.action) && (resource === by.resource || !isLimited(grant))
