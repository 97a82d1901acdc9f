import type { Context } from 'koa'
import { assumeRole } from '../auth/assume-role.js'
import type { Authenticator } from '../auth/authenticator.js'
import type { CredentialGate } from '../auth/gate.js'
import type { Principal } from '../auth/principal.js'
import { HttpRequestFacts } from './request-facts.js'

/** Who sends a request: its credential, checked, and within the limits that it carries. */
export type Identify = (context: Context) => Promise<Principal>

/** What is known of the request that Koa is answering. */
export function factsOf(context: Context): HttpRequestFacts {
  const facts: unknown = context.state['facts']
  if (facts instanceof HttpRequestFacts) return facts
  throw new Error('the guard runs first')
}

export const createIdentify =
  (authenticator: Authenticator, gate: CredentialGate): Identify =>
  async (context) => {
    const facts = factsOf(context)
    const verified = await authenticator.authenticate(facts)
    facts.principal = verified
    const admitted = await gate.admit(verified, facts.address, (name, value) => context.res.setHeader(name, value))
    return authenticator.facts.ofRequest(assumeRole(admitted, facts.header('x-role')), facts)
  }
