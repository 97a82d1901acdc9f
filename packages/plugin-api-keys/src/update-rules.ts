import {
  checkNarrower,
  checkScopes,
  limitsInput,
  parseInput,
  type CredentialLimits,
  type HookCall,
  type ScopeJudge,
} from '@postern/core'
import { z } from 'zod'

const limits = z.object(limitsInput)
const row = limits.extend({ roleName: z.string() })

/** Members that were sent, and no others. */
function givenIn(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = Object.keys(limits.shape)
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))
}

/**
 * What may be changed of a key: it becomes narrower, never wider than it was made.
 *
 * @throws 400 INVALID_VALUE
 */
export async function checkUpdate(call: HookCall, judge: (roleName: string) => ScopeJudge): Promise<void> {
  const given = givenIn(call.values)
  const { scopes, readOnly, allowedIps, rateLimit } = parseInput(limits, given)
  const after: Partial<CredentialLimits> = {
    ...(scopes === undefined ? {} : { scopes }),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(allowedIps === undefined ? {} : { allowedIps: allowedIps ?? [] }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
  }
  if (scopes === undefined && readOnly === undefined) return
  for (const target of await call.targets()) {
    const before = row.parse(target)
    checkNarrower({ scopes: before.scopes ?? null, readOnly: before.readOnly ?? false }, after)
    checkScopes(scopes, judge(before.roleName))
  }
}
