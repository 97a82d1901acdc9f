import type { CredentialObservers, CredentialRefusal } from '../auth/observers.js'
import { AppError } from '../kernel/errors.js'
import type { HttpRequestFacts } from './request-facts.js'

const reasons: ReadonlyMap<string, CredentialRefusal['reason']> = new Map([
  ['IP_NOT_ALLOWED', 'address'],
  ['INSUFFICIENT_SCOPE', 'scope'],
])

/** Tells of a refusal for what narrows a credential, before it is answered. */
export async function noteRefusal(
  observers: CredentialObservers,
  { principal, address, id }: HttpRequestFacts,
  error: unknown,
): Promise<void> {
  const reason = error instanceof AppError ? reasons.get(error.code) : undefined
  if (reason === undefined || principal?.credentialId === undefined) return
  const { credentialId } = principal
  await observers.refused({ principal, credentialId, reason, address, requestId: id })
}

/** Tells of a request with a credential that was answered. */
export function noteUse(observers: CredentialObservers, facts: HttpRequestFacts, status: number): void {
  const { principal, address } = facts
  if (principal?.credentialId === undefined) return
  const { credentialId } = principal
  observers.used({ principal, credentialId, status, address, client: facts.header('user-agent') })
}
