import type { Principal } from '../auth/principal.js'
import { CallBudget, type Client } from '../database/call-budget.js'
import type { RequestFacts } from './action.js'
import type { FoundAction } from './resource-registry.js'

interface Asked {
  readonly principal: Principal
  readonly facts: RequestFacts
  readonly client?: Client
}

/** What a call may take of the database; the server's own calls take what they need. */
export function budgetOf(
  { principal, facts, client }: Asked,
  { kind, action, scope }: FoundAction,
  answerBytes: number,
): CallBudget | undefined {
  if (principal.kind === 'system') return undefined
  const { userId, credentialId } = principal
  const account = userId === null ? (credentialId ?? `address ${facts.address}`) : `user ${userId}`
  const reads = action.reads === true
  // What plugins bring: signing in, users, keys, members and the like.
  const isReserved = !reads && kind !== 'association' && scope.owner !== 'collections'
  const caller = { credential: credentialId ?? account, account, isReserved }
  return new CallBudget({ caller, answerBytes, isCumulative: reads && kind !== 'defined', client })
}
