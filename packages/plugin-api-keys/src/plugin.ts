import { anyCredential, bearerToken, definePlugin, f, LiveApiKeys, signedIn, type WrittenCall } from '@postern/core'
import { createKey } from './actions.js'
import { apiKeys } from './collection.js'
import { keyCommands } from './commands.js'
import { credentialIdOf, KeyService } from './key-service.js'

/** What may be a key: a JWT has dots, and no token of the server's own has. */
const isMine = (token: string): boolean => token.includes('.')

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
  setup: async ({ options, db, clock, log, auth, acl, resources, hooks, cli, provide }) => {
    const keys = new KeyService({ jwt: auth.jwt, clock, rules: options })
    provide(LiveApiKeys, { count: (userId) => keys.count(userId, db) })
    auth.strategy('api-key', {
      scheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      read: (request) => {
        const token = bearerToken(request)
        return token !== undefined && isMine(token) ? token : undefined
      },
      verify: (token) => keys.verify(token, db),
    })

    const own = { where: { createdById: '{{$user.id}}' } }
    acl.grant(signedIn, 'apiKeys', ['list', 'get', 'update', 'destroy'], own)
    acl.grant(signedIn, 'apiKeys', ['create'])
    // A key may do one thing with keys: end itself, when it was stolen or is no longer needed.
    acl.grant(anyCredential, 'apiKeys', ['destroy'], own)
    acl.restrict((principal, resource, action) => {
      if (resource !== 'apiKeys' || principal.kind !== 'apiKey') return undefined
      return action === 'destroy' ? { where: { id: principal.credential?.['id'] } } : 'deny'
    })
    const forget = async ({ records, db: handle }: WrittenCall): Promise<void> =>
      auth.invalidate({ credentialIds: records.map(({ id }) => credentialIdOf(id)) }, handle)
    hooks.written('apiKeys:update', forget)
    hooks.written('apiKeys:destroy', forget)

    for (const [name, command] of Object.entries(
      keyCommands({ db, keys, forget: (credentialIds, handle) => auth.invalidate({ credentialIds }, handle) }),
    )) {
      cli.command(name, command)
    }
    const foreign = await keys.countForeign(db)
    if (foreign > 0) log.warn(`${foreign} API keys were signed with another APP_KEY and no longer work`)
    return resources.define('apiKeys', { create: createKey(keys) })
  },
})
