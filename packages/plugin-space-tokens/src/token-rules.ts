import {
  checkNarrower,
  checkScopes,
  limitsInput,
  parseInput,
  type CredentialLimits,
  type DatabaseHandle,
  type EventRecords,
  type HookCall,
  type PluginContext,
  type ScopeJudge,
} from '@postern/core'
import { z } from 'zod'
import { spaceTokens } from './collections.js'
import type { SpaceRole } from './roles.js'

const limits = z.object(limitsInput)
const narrowing = Object.keys(limits.shape)

/** What may be changed of a token: it becomes narrower, never wider than it was made. @throws 400 INVALID_VALUE */
async function checkUpdate(call: HookCall, judge: (role: SpaceRole) => ScopeJudge): Promise<void> {
  const given = Object.fromEntries(Object.entries(call.values).filter(([name]) => narrowing.includes(name)))
  const { scopes, readOnly, allowedIps, rateLimit } = parseInput(limits, given)
  const after: Partial<CredentialLimits> = {
    ...(scopes === undefined ? {} : { scopes }),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(allowedIps === undefined ? {} : { allowedIps: allowedIps ?? [] }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
  }
  if (scopes === undefined && readOnly === undefined) return
  checkScopes(scopes, judge('owner'))
  for (const target of await call.targets()) {
    const before = limits.parse(target)
    checkNarrower({ scopes: before.scopes ?? null, readOnly: before.readOnly ?? false }, after)
  }
}

type Row = Readonly<Record<string, unknown>>
const named = (rows: readonly Row[]) =>
  rows.map(({ id, createdById }) => ({
    id: Number(id),
    ownerId: createdById === null || createdById === undefined ? null : Number(createdById),
  }))

/** Which tokens an update switches on or off, and whether it narrows them. */
async function recordUpdate(call: HookCall, events: EventRecords): Promise<void> {
  const { enabled } = call.values
  const isNarrowing = Object.keys(call.values).some((name) => narrowing.includes(name))
  if (typeof enabled !== 'boolean' && !isNarrowing) return
  const targets = await call.targets()
  const switched = targets.filter((row) => typeof enabled === 'boolean' && row['enabled'] !== enabled)
  await events.record(enabled === true ? 'enabled' : 'disabled', named(switched), call, call.db)
  if (isNarrowing) await events.record('updated', named(targets), call, call.db)
}

interface Watching {
  readonly judge: (role: SpaceRole) => ScopeJudge
  readonly events: EventRecords
  readonly forget: (ids: readonly number[], db: DatabaseHandle) => Promise<void>
}

/** What happens with tokens beside what the actions of every collection do. */
export function watchTokens(hooks: PluginContext<object, object>['hooks'], { judge, events, forget }: Watching): void {
  const { name } = spaceTokens
  const idsOf = (rows: readonly Row[]): number[] => rows.map(({ id }) => Number(id))
  hooks.before(`${name}:update`, async (call) => {
    await checkUpdate(call, judge)
    await recordUpdate(call, events)
  })
  hooks.written(`${name}:update`, ({ records, db }) => forget(idsOf(records), db))
  hooks.written(`${name}:destroy`, async (call) => {
    await events.record('revoked', named(call.records), call, call.db)
    await forget(idsOf(call.records), call.db)
  })
}
