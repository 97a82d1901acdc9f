import {
  bearerToken,
  definePlugin,
  f,
  LiveApiKeys,
  recordEvents,
  trackUsage,
  type AuthStrategy,
  type DatabaseHandle,
  type Logger,
  type Principal,
} from '@postern/core'
import { keyActions } from './actions.js'
import { apiKeys, keyDefaults, keyReferences, keyWatch } from './collection.js'
import { keyCommands } from './commands.js'
import { apiKeyEvents, tellExpiring } from './events.js'
import { credentialIdOf, kind, prefix } from './key-record.js'
import { KeyService } from './key-service.js'
import { KeyVerifier } from './key-verifier.js'
import { grantKeys, judgeOf, watchKeys } from './management.js'
import { looksLikeKey } from './token.js'

const keyStrategy = (verifier: KeyVerifier): AuthStrategy<string> => ({
  scheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  kind,
  read: (request) => {
    const token = bearerToken(request)
    return token !== undefined && looksLikeKey(token) ? token : undefined
  },
  verify: (token) => verifier.verify(token),
})

async function warnOfForeign(keys: KeyService, db: DatabaseHandle, log: Logger): Promise<void> {
  const count = await keys.countForeign(db)
  if (count === 1) log.warn('1 API key was signed with another APP_KEY and no longer works')
  if (count > 1) log.warn(`${count} API keys were signed with another APP_KEY and no longer work`)
}

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
    usageDays: f.integer({ minimum: 1, maximum: 3650 }).default(90),
    eventDays: f.integer({ minimum: 1, maximum: 3650 }).default(365),
  },
  collections: [apiKeys, apiKeyEvents],
  migrations: [keyReferences, keyDefaults, keyWatch],
  uninstall: async ({ db }) => {
    await db.sql`DELETE FROM postern.credential_usage WHERE starts_with(credential, ${prefix})`
  },
  setup: async (context) => {
    const { options, db, clock, log, auth, acl, resources, hooks, cli, provide, jobs } = context
    const judge = judgeOf(context)
    const keys = new KeyService({ jwt: auth.jwt, clock, rules: options, judge })
    provide(LiveApiKeys, { count: (userId) => keys.countLive(userId, db) })
    auth.strategy('api-key', keyStrategy(new KeyVerifier(auth.jwt, clock, db)))
    grantKeys(acl)
    const usage = trackUsage(context, { kind, collection: apiKeys, prefix, days: options.usageDays })
    const events = recordEvents(context, { kind, collection: apiKeyEvents, idField: 'keyId', days: options.eventDays })
    const forget = (ids: readonly unknown[], handle: DatabaseHandle): Promise<void> =>
      auth.invalidate({ credentialIds: ids.map(credentialIdOf) }, handle)
    watchKeys(hooks, { judge, events, forget })
    jobs.every('10m', () => tellExpiring(db, clock.now(), context.events))
    const commands = keyCommands({ db, clock, keys, usage, events, forget })
    for (const [name, command] of Object.entries(commands)) cli.command(name, command)
    await warnOfForeign(keys, db, log)
    const mayManage = (principal: Principal): boolean => acl.permits(principal, apiKeys.name, 'manage')
    return resources.define(apiKeys.name, keyActions({ keys, usage, events, mayManage, forget }))
  },
})
