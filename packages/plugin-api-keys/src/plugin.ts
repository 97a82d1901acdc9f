import {
  anyCredential,
  bearerToken,
  definePlugin,
  f,
  LiveApiKeys,
  signedIn,
  type AuthStrategy,
  type DatabaseHandle,
  type PluginContext,
  type ScopeJudge,
} from '@postern/core'
import { keyActions } from './actions.js'
import { apiKeys, keyDefaults, keyReferences, keyWatch } from './collection.js'
import { keyCommands } from './commands.js'
import { credentialIdOf } from './key-record.js'
import { KeyService } from './key-service.js'
import { KeyVerifier } from './key-verifier.js'
import { restrictKeys } from './restriction.js'
import { looksLikeKey } from './token.js'
import { checkUpdate } from './update-rules.js'

const keyStrategy = (verifier: KeyVerifier): AuthStrategy<string> => ({
  scheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  read: (request) => {
    const token = bearerToken(request)
    return token !== undefined && looksLikeKey(token) ? token : undefined
  },
  verify: (token) => verifier.verify(token),
})

type Context = PluginContext<object, object>

/** Own keys for whoever is signed in; all of them for whom `manage` is granted. */
function grantKeys(acl: Context['acl']): void {
  const own = { where: { createdById: '{{$user.id}}' } }
  const manage = { resource: apiKeys.name, action: 'manage' }
  acl.grant(signedIn, apiKeys.name, ['create', 'revokeAll'])
  acl.grant(signedIn, apiKeys.name, ['list', 'get', 'update', 'destroy', 'rotate'], own)
  // For keys that end themselves; the restriction sees to it that nothing else comes of it.
  acl.grant(anyCredential, apiKeys.name, ['destroy'], own)
  acl.imply(manage, apiKeys.name, ['list', 'get', 'update', 'destroy', 'revokeAll'])
  acl.restrict(restrictKeys)
}

/** What a key of a role could do without scopes. */
const judgeOf =
  ({ acl, resources }: Context) =>
  (roleName: string): ScopeJudge => ({
    permits: (resource, action) => acl.permits({ kind: 'apiKey', userId: null, roles: [roleName] }, resource, action),
    actionsOf: (resource) => resources.actionsOf(resource),
  })

/** Bearer API keys: JWTs that stand for one user in one of his roles, and are worth nothing without their row. */
export default definePlugin({
  name: 'api-keys',
  version: '1.0.0',
  core: '^1.0.0',
  provides: [LiveApiKeys],
  options: {
    standardDays: f.integer({ minimum: 1 }).default(30),
    maxDays: f.integer({ minimum: 1 }).default(3650),
    allowNever: f.boolean().default(true),
  },
  collections: [apiKeys],
  migrations: [keyReferences, keyDefaults, keyWatch],
  setup: async (context) => {
    const { options, db, clock, log, auth, acl, resources, hooks, cli, provide } = context
    const judge = judgeOf(context)
    const keys = new KeyService({ jwt: auth.jwt, clock, rules: options, judge })
    provide(LiveApiKeys, { count: (userId) => keys.countLive(userId, db) })
    auth.strategy('api-key', keyStrategy(new KeyVerifier(auth.jwt, clock, db)))
    grantKeys(acl)

    const forget = (ids: readonly unknown[], handle: DatabaseHandle): Promise<void> =>
      auth.invalidate({ credentialIds: ids.map(credentialIdOf) }, handle)
    hooks.before('apiKeys:update', (call) => checkUpdate(call, judge))
    for (const action of ['apiKeys:update', 'apiKeys:destroy']) {
      hooks.written(action, (call) =>
        forget(
          call.records.map(({ id }) => id),
          call.db,
        ),
      )
    }
    for (const [name, command] of Object.entries(keyCommands({ db, keys, forget }))) cli.command(name, command)
    const foreign = await keys.countForeign(db)
    if (foreign > 0) {
      const were = foreign === 1 ? '1 API key was' : `${foreign} API keys were`
      const work = foreign === 1 ? 'no longer works' : 'no longer work'
      log.warn(`${were} signed with another APP_KEY and ${work}`)
    }
    const mayManage = (principal: Parameters<Context['acl']['permits']>[0]): boolean =>
      acl.permits(principal, apiKeys.name, 'manage')
    return resources.define(apiKeys.name, keyActions({ keys, mayManage, forget }))
  },
})
