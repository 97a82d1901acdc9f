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
