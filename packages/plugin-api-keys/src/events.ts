import {
  credentialEventFields,
  credentialEventOptions,
  defineCollection,
  defineEvent,
  f,
  type DatabaseHandle,
  type EventRecords,
  type HookCall,
  type PluginContext,
  type WrittenCall,
} from '@postern/core'
import type { KeyRecord } from './key-record.js'

/** What became of keys: created, rotated, enabled, disabled, updated, revoked, refused. Kept when the key is gone. */
export const apiKeyEvents = defineCollection(
  'apiKeyEvents',
  { ...credentialEventFields, keyId: f.bigInt({ readOnly: true, index: true }) },
  { ...credentialEventOptions, title: 'What became of API keys' },
)

/** The members of an event on the wire. */
export const eventFields = ['address', 'at', 'byUserId', 'event', 'id', 'keyId', 'reason', 'requestId'] as const

/** A key ends within seven days: told once for each key, on one node, whether it is used or not. */
export const apiKeyExpiring = defineEvent<{
  readonly keyId: number
  readonly ownerId: number
  readonly name: string
  /** ISO 8601 */
  readonly expiresAt: string
}>('api-keys/expiring')

interface Row {
  readonly id?: unknown
  readonly createdById?: unknown
}

/** Rows of keys, as `record` takes them. */
export const named = (rows: readonly Row[]): { readonly id: number; readonly ownerId: number | null }[] =>
  rows.map(({ id, createdById }) => ({
    id: Number(id),
    ownerId: createdById === null || createdById === undefined ? null : Number(createdById),
  }))

const narrowing = ['scopes', 'readOnly', 'allowedIps', 'rateLimit']

/** An update that is about to happen: which keys it switches on or off, and whether it narrows them. */
export async function recordUpdate(call: HookCall, events: EventRecords): Promise<void> {
  const { enabled } = call.values
  const isNarrowing = Object.keys(call.values).some((name) => narrowing.includes(name))
  if (typeof enabled !== 'boolean' && !isNarrowing) return
  const targets = await call.targets()
  const switched = targets.filter((row) => typeof enabled === 'boolean' && row['enabled'] !== enabled)
  await events.record(enabled === true ? 'enabled' : 'disabled', named(switched), call, call.db)
  if (isNarrowing) await events.record('updated', named(targets), call, call.db)
}

export const recordRevoked = (
  keys: readonly (Row | KeyRecord)[],
  call: Pick<WrittenCall, 'principal' | 'request'> | undefined,
  events: EventRecords,
  db: DatabaseHandle,
): Promise<void> => events.record('revoked', named(keys), call, db)

/** Keys that go because their owner or their role goes. */
export function recordCascades(hooks: PluginContext<object, object>['hooks'], events: EventRecords): void {
  hooks.before('users:destroy', async (call) => {
    const ids = (await call.targets()).map(({ id }) => id)
    const { rows } = await call.db.sql`
      SELECT id, "createdById" FROM "apiKeys" WHERE "createdById" = ANY(${ids}::bigint[])`
    await recordRevoked(rows, call, events, call.db)
  })
  hooks.before('roles:destroy', async (call) => {
    const names = (await call.targets()).map(({ name }) => name)
    const { rows } = await call.db.sql`
      SELECT id, "createdById" FROM "apiKeys" WHERE "roleName" = ANY(${names}::text[])`
    await recordRevoked(rows, call, events, call.db)
  })
}

/** Tells plugins of keys whose end is near. */
export async function tellExpiring(
  db: DatabaseHandle,
  now: number,
  events: Pick<PluginContext<object, object>['events'], 'emit'>,
): Promise<void> {
  const [from, until] = [new Date(now).toISOString(), new Date(now + 7 * 86_400_000).toISOString()]
  const { rows } = await db.sql`
    UPDATE "apiKeys" SET "isEndTold" = true
    WHERE NOT "isEndTold" AND enabled AND "expiresAt" > ${from} AND "expiresAt" <= ${until}
    RETURNING id, "createdById", name, "expiresAt"`
  for (const { id, createdById, name, expiresAt } of rows) {
    const key = { keyId: Number(id), ownerId: Number(createdById), name: String(name), expiresAt: String(expiresAt) }
    events.emit(apiKeyExpiring, key)
  }
}
