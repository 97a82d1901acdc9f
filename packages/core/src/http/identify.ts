import type { Context } from 'koa'
import { assumeRole } from '../auth/assume-role.js'
import type { Authenticator } from '../auth/authenticator.js'
import type { CredentialGate } from '../auth/gate.js'
import type { Principal } from '../auth/principal.js'
import { HttpRequestFacts } from './request-facts.js'

/** Who sends a request: its credential, checked, and within the limits that it carries. May be asked again later on. */
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
    const isKnown = facts.principal !== undefined
    const verified = await authenticator.authenticate(facts)
    facts.principal = verified
    // Asked again, as time has passed: the credential must still be good, and the request was counted.
    const admitted = isKnown ? again(gate.check(verified, facts.address), facts) : await first(gate, verified, context)
    return authenticator.facts.ofRequest(assumeRole(admitted, facts.header('x-role')), facts)
  }

async function first(gate: CredentialGate, verified: Principal, context: Context): Promise<Principal> {
  const facts = factsOf(context)
  const admitted = await gate.admit(verified, facts.address, (name, value) => context.res.setHeader(name, value))
  if (admitted !== verified) facts.shown = admitted.credential
  return admitted
}

const again = (verified: Principal, { shown }: HttpRequestFacts): Principal =>
  shown ? { ...verified, credential: shown } : verified
