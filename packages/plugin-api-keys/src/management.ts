import {
  anyCredential,
  signedIn,
  type DatabaseHandle,
  type EventRecords,
  type PluginContext,
  type ScopeJudge,
} from '@postern/core'
import { apiKeys } from './collection.js'
import { apiKeyEvents, recordCascades, recordRevoked, recordUpdate } from './events.js'
import { restrictKeys } from './restriction.js'
import { checkUpdate } from './update-rules.js'

type Context = PluginContext<object, object>

/** Own keys for whoever is signed in; all of them for whom `manage` is granted. */
export function grantKeys(acl: Context['acl']): void {
  const own = { where: { createdById: '{{$user.id}}' } }
  const manage = { resource: apiKeys.name, action: 'manage' }
  acl.grant(signedIn, apiKeys.name, ['create', 'revokeAll'])
  acl.grant(signedIn, apiKeys.name, ['list', 'get', 'update', 'destroy', 'rotate', 'usage'], own)
  acl.grant(signedIn, apiKeyEvents.name, ['list', 'get'], { where: { ownerId: '{{$user.id}}' } })
  // For keys that end themselves; the restriction sees to it that nothing else comes of it.
  acl.grant(anyCredential, apiKeys.name, ['destroy'], own)
  acl.imply(manage, apiKeys.name, ['list', 'get', 'update', 'destroy', 'usage', 'revokeAll'])
  acl.imply(manage, apiKeyEvents.name, ['list', 'get'])
  acl.restrict(restrictKeys)
}

/** What a key of a role could do without scopes. */
export const judgeOf =
  ({ acl, resources }: Pick<Context, 'acl' | 'resources'>) =>
  (roleName: string): ScopeJudge => ({
    permits: (resource, action) => acl.permits({ kind: 'apiKey', userId: null, roles: [roleName] }, resource, action),
    actionsOf: (resource) => resources.actionsOf(resource),
    grantable: (resource) => resources.grantable(resource),
  })

interface Watching {
  readonly judge: (roleName: string) => ScopeJudge
  readonly events: EventRecords
  readonly forget: (ids: readonly number[], db: DatabaseHandle) => Promise<void>
}

/** What happens with keys beside what the actions of every collection do. */
export function watchKeys(hooks: Context['hooks'], { judge, events, forget }: Watching): void {
  const idsOf = (rows: readonly Readonly<Record<string, unknown>>[]): number[] => rows.map(({ id }) => Number(id))
  hooks.before('apiKeys:update', async (call) => {
    await checkUpdate(call, judge)
    await recordUpdate(call, events)
  })
  hooks.written('apiKeys:update', ({ records, db }) => forget(idsOf(records), db))
  hooks.written('apiKeys:destroy', async (call) => {
    await recordRevoked(call.records, call, events, call.db)
    await forget(idsOf(call.records), call.db)
  })
  recordCascades(hooks, events)
}
