import {
  definePlugin,
  f,
  recordEvents,
  trackUsage,
  type DatabaseHandle,
  type PluginContext,
  type ScopeJudge,
} from '@postern/core'
import {
  spaced,
  spaceField,
  spaceMembers,
  spaceReferences,
  spaces,
  spaceTokenEvents,
  spaceTokens,
  spaceWatch,
} from './collections.js'
import { delegated, type Delegated } from './delegate.js'
import { documentedMembers, documentedTokens, spaceHeader } from './documented.js'
import { governSpaces, partOf, restrictTokens } from './govern.js'
import { addMaker, checkRename, watchMembers } from './member-rules.js'
import { concernedBy, describeMember, readSpace } from './memberships.js'
import { isAtLeast, roleFor, type SpaceRole } from './roles.js'
import { purgeSpaces, spaceActions } from './space-actions.js'
import { spaceCommands } from './space-commands.js'
import { tokenActions } from './token-actions.js'
import { tokenCommands } from './token-commands.js'
import { credentialIdOf, idPrefix, kind } from './token-record.js'
import { watchTokens } from './token-rules.js'
import { TokenService } from './token-service.js'
import { tokenStrategy } from './token-verifier.js'
import { routeUndb } from './undb-routes.js'

type Context = PluginContext<object, object>

/** What a role may do in a space, for the scopes of tokens. */
const judgeOf =
  ({ collections, resources }: Context) =>
  (role: SpaceRole): ScopeJudge => ({
    permits: (resource, action) => collections.has(resource, spaced) && isAtLeast(role, roleFor(action, true)),
    actionsOf: (resource) => resources.actionsOf(resource),
    grantable: (resource) => resources.grantable(resource),
  })

const member = documentedMembers
const memberActions: readonly Delegated[] = [
  { ...member, action: 'list', summary: 'List the members of a space', needs: 'viewer' },
  { ...member, action: 'get', summary: 'Read one member', needs: 'viewer' },
  { ...member, action: 'create', summary: 'Add a user to a space', needs: 'admin' },
  { ...member, action: 'update', summary: 'Change the role of a member', needs: 'admin' },
  // Whoever is a member may leave; others are a matter of admins (`member-rules.ts`).
  { ...member, action: 'destroy', summary: 'Take a member out of a space, or leave it', needs: 'viewer' },
]
const token = documentedTokens
const tokenCrud: readonly Delegated[] = [
  { ...token, action: 'list', summary: 'List the tokens of a space, without their secrets', needs: 'admin' },
  { ...token, action: 'get', summary: 'Read one token, without its secret', needs: 'admin' },
  { ...token, action: 'update', summary: 'Change or narrow a token, or switch it off or on', needs: 'admin' },
  { ...token, action: 'destroy', summary: 'Revoke tokens', needs: 'admin' },
]

/** Who is what in which space, and what follows from that. */
function authorize({ acl, auth, collections, db, openapi }: Context): void {
  const isSpaced = (resource: string): boolean => collections.has(resource, spaced)
  collections.option(spaced, { partition: { field: spaceField, of: spaces.name } }, partOf)
  auth.describe((principal) => describeMember(principal, db))
  auth.read(readSpace)
  openapi.header(spaceHeader(isSpaced))
  acl.govern(governSpaces(isSpaced))
  acl.restrict(restrictTokens(isSpaced))
  // Everybody may make a space of his own, unless the role is taken from him.
  acl.grant('member', spaces.name, ['create'])
}

/** Spaces, their members and tokens; collections that are divided into spaces. */
export default definePlugin({
  name: 'space-tokens',
  version: '1.0.0',
  core: '^1.0.0',
  options: {
    standardDays: f.integer({ minimum: 1 }).default(30),
    maxDays: f.integer({ minimum: 1 }).default(3650),
    allowNever: f.boolean().default(true),
    usageDays: f.integer({ minimum: 1, maximum: 3650 }).default(90),
    eventDays: f.integer({ minimum: 1, maximum: 3650 }).default(365),
  },
  collections: [spaces, spaceMembers, spaceTokens, spaceTokenEvents],
  migrations: [spaceReferences, spaceWatch],
  uninstall: async ({ db }) => {
    await db.sql`DELETE FROM postern.credential_usage WHERE starts_with(credential, ${idPrefix})`
  },
  setup: (context) => {
    const { options, db, clock, auth, resources, hooks, jobs, cli } = context
    authorize(context)
    const judge = judgeOf(context)
    const tokens = new TokenService({ clock, rules: options, judge })
    auth.strategy('space-token', tokenStrategy(db, clock))
    const usage = trackUsage(context, { kind, collection: spaceTokens, prefix: idPrefix, days: options.usageDays })
    const events = recordEvents(context, {
      ...{ kind, collection: spaceTokenEvents, idField: 'tokenId', days: options.eventDays },
    })
    const forgetUsers = (userIds: readonly number[], handle: DatabaseHandle): Promise<void> =>
      auth.invalidate({ userIds }, handle)
    const forget = (ids: readonly number[], handle: DatabaseHandle): Promise<void> =>
      auth.invalidate({ credentialIds: ids.map(credentialIdOf) }, handle)
    watchMembers(hooks, forgetUsers)
    watchTokens(hooks, { judge, events, forget })
    hooks.before('spaces:update', checkRename)
    hooks.written('spaces:create', async (call) => {
      await addMaker(call)
      const ids = call.records.map(({ id }) => id)
      await forgetUsers(await concernedBy(ids, call.db), call.db)
    })
    // Tokens are remembered with the name of their space.
    hooks.written('spaces:update', async ({ records, db: handle }) => {
      const ids = records.map(({ id }) => id)
      await forgetUsers(await concernedBy(ids, handle), handle)
    })
    routeUndb(context)
    const commands = { ...spaceCommands({ db, forgetUsers }), ...tokenCommands({ db, tokens, events, forget }) }
    for (const [name, command] of Object.entries(commands)) cli.command(name, command)
    jobs.every('1d', () => purgeSpaces(db, clock.now()))
    const under = (list: readonly Delegated[]) =>
      Object.fromEntries(list.map((each) => [each.action, delegated(resources, each)]))
    resources.define(spaces.name, spaceActions({ clock, forget: forgetUsers }))
    resources.define('spaces.members', under(memberActions))
    resources.define('spaces.tokens', { ...under(tokenCrud), ...tokenActions({ tokens, usage, events, forget }) })
  },
})
