import {
  anyCredential,
  bearerToken,
  definePlugin,
  f,
  LiveApiKeys,
  signedIn,
  type AuthStrategy,
  type DatabaseHandle,
} from '@postern/core'
import { createKey } from './actions.js'
import { apiKeys, keyReferences } from './collection.js'
import { keyCommands } from './commands.js'
import { credentialIdOf } from './key-record.js'
import { KeyService } from './key-service.js'
import { restrictKeys } from './restriction.js'
import { looksLikeKey } from './token.js'

const keyStrategy = (keys: KeyService, db: DatabaseHandle): AuthStrategy<string> => ({
  scheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  read: (request) => {
    const token = bearerToken(request)
    return token !== undefined && looksLikeKey(token) ? token : undefined
  },
  verify: (token) => keys.verify(token, db),
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
  migrations: [keyReferences],
  setup: async ({ options, db, clock, log, auth, acl, resources, hooks, cli, provide }) => {
    const keys = new KeyService({ jwt: auth.jwt, clock, rules: options })
    provide(LiveApiKeys, { count: (userId) => keys.countLive(userId, db) })
    auth.strategy('api-key', keyStrategy(keys, db))

    const own = { where: { createdById: '{{$user.id}}' } }
    acl.grant(signedIn, 'apiKeys', ['create'])
    acl.grant(signedIn, 'apiKeys', ['list', 'get', 'update', 'destroy'], own)
    // For keys that end themselves; the restriction sees to it that nothing else comes of it.
    acl.grant(anyCredential, 'apiKeys', ['destroy'], own)
    acl.restrict(restrictKeys)

    const forget = (ids: readonly unknown[], handle: DatabaseHandle): Promise<void> =>
      auth.invalidate({ credentialIds: ids.map(credentialIdOf) }, handle)
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
    if (foreign > 0) log.warn(`${foreign} API keys were signed with another APP_KEY and no longer work`)
    return resources.define('apiKeys', { create: createKey(keys) })
  },
})
