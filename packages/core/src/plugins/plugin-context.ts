import type { Govern } from '../acl/governor.js'
import type { Grant } from '../acl/grant.js'
import type { Restrict } from '../acl/restriction.js'
import type { Describe, Observe } from '../auth/caller-facts.js'
import type { Invalidation } from '../auth/credential-cache.js'
import type { JwtSigner } from '../auth/jwt.js'
import type { CredentialObserver } from '../auth/observers.js'
import type { Principal } from '../auth/principal.js'
import type { AuthStrategy } from '../auth/strategy.js'
import { factsOf, type Identify } from '../http/identify.js'
import { parseParams } from '../http/route-parser.js'
import { createRouter, type Context, type Middleware, type Router } from '../http/router-middleware.js'
import { isTransaction } from '../database/executor.js'
import { executorOf, type DatabaseHandle } from '../database/handle.js'
import type { Clock } from '../kernel/clock.js'
import type { EventToken } from '../kernel/hooks.js'
import type { Logger } from '../kernel/logger.js'
import type { Scope } from '../kernel/scope.js'
import type { Token } from '../kernel/token.js'
import type { RequestFacts } from '../resources/action.js'
import type { ActionEvent, HookCall, WrittenCall } from '../resources/hook-call.js'
import type { MiddlewareOrder } from '../http/middleware-chain.js'
import { staticFiles } from '../http/static-files.js'
import { dataPart, type CollectionsPart, type ResourcesPart } from './data-part.js'
import { listening } from './channel-listeners.js'
import type { CommandSpec } from './command.js'
import type { JobOptions } from './job-scheduler.js'
import { createPluginCache, type CacheOptions, type PluginCache } from './lru-cache.js'
import { ApiDescriber, type ApiDescription } from './api-description.js'
import type { DocumentedHeader, ExtendDocument } from './openapi-extension.js'
import type { DocumentSettings, PluginHost } from './plugin-host.js'

/** Everything a plugin may touch. What it registers here is undone when it is switched off. */
export interface PluginContext<O, D> {
  readonly name: string
  readonly options: O
  readonly services: D
  readonly log: Logger
  readonly clock: Clock
  readonly db: DatabaseHandle
  readonly collections: CollectionsPart
  readonly resources: ResourcesPart
  readonly auth: {
    strategy<C>(name: string, strategy: AuthStrategy<C>): void
    /** Tokens signed with `APP_KEY`. */
    readonly jwt: JwtSigner
    /**
     * Who sends a request, for routes of a plugin's own: its credential, checked, within the limits that it carries.
     *
     * @throws 400 AMBIGUOUS_CREDENTIALS, 401 INVALID_TOKEN, 403 IP_NOT_ALLOWED, 429 RATE_LIMITED
     */
    readonly identify: Identify
    /** Is told of the use of credentials of a kind, and of refusals for what narrows them. */
    observe(kind: string, observer: CredentialObserver): void
    /** Adds attributes to whoever owns a credential, once, when it is verified; they are forgotten with it (`invalidate`). */
    describe(describe: Describe): void
    /** Adds attributes from what a request says beside its credential; asked at every request with one. */
    read(read: Observe): void
    /** Makes every node forget verified credentials, before the call that changes them answers. */
    invalidate(what: Invalidation, db: DatabaseHandle): Promise<void>
  }
  readonly acl: {
    grant(role: string, resource: string, actions: readonly string[], limits?: Pick<Grant, 'fields' | 'where'>): void
    /** Narrows calls beyond their grants: a filter, fields, values, or `'deny'`. */
    restrict(restriction: Restrict): void
    /** Decides in the place of grants for the resources that the plugin governs. */
    govern(govern: Govern): void
    /** Whoever is granted `by` is granted these actions with it, within the same limits. */
    imply(
      by: { readonly resource: string; readonly action: string },
      resource: string,
      actions: readonly string[],
    ): void
    /** May a caller do this, be it with only some rows or fields? */
    permits(principal: Principal, resource: string, action: string): boolean
  }
  readonly http: {
    /** Asked at every request, before the API. `before` and `after` name plugins whose middleware it precedes or follows. */
    use(middleware: Middleware, order?: MiddlewareOrder): void
    /** A @koa/router of its own, asked after the API. */
    router(): Router
    /** Serves a folder below a path. */
    static(path: string, folder: string): void
    /** The JSON body of a request to a route of the plugin's own; undefined when there is none. @throws 400, 413, 415 */
    body(context: Context): Promise<unknown>
    /** The query of a request to a route of the plugin's own, as the API reads it: `filter[a]=1` is nested. @throws 400 */
    params(context: Context): Readonly<Record<string, unknown>>
    /** What is known of a request to a route of the plugin's own. */
    facts(context: Context): RequestFacts
  }
  readonly hooks: {
    /** Inside the transaction, before the write; may change `call.values` or throw to refuse. */
    before(action: string, hook: (call: HookCall) => void | Promise<void>): void
    /** Inside the transaction, after the write; a throw undoes it. */
    written(action: string, hook: (call: WrittenCall) => void | Promise<void>): void
  }
  readonly events: {
    /** After commit. A failing listener is logged and fails nothing else. */
    after(action: string, listener: (event: ActionEvent) => void | Promise<void>): void
    on<T>(event: EventToken<T>, listener: (value: T) => void | Promise<void>): void
    /** On this node: at once, or when the transaction of `db` commits. */
    emit<T>(event: EventToken<T>, value: T, db?: DatabaseHandle): void
  }
  readonly jobs: {
    /** `30s`, `10m`, `1h`, `1d`: at times that are the same on every node. On one node each time unless said otherwise. */
    every(interval: string, run: () => unknown, options?: JobOptions): void
    /** Five or six fields, UTC. */
    cron(pattern: string, run: () => unknown, options?: JobOptions): void
  }
  readonly cache: {
    /** A cache on this node that `clear` empties on every node. */
    lru<K extends NonNullable<unknown>, V extends NonNullable<unknown>>(
      name: string,
      options: CacheOptions,
    ): PluginCache<K, V>
  }
  readonly openapi: {
    extend(extension: ExtendDocument): void
    /** Tells of a header that the plugin reads. */
    header(header: DocumentedHeader): void
    /** What a reader may know of the API at this moment, on this node. */
    describe(reader: Principal): ApiDescription
    readonly settings: DocumentSettings
  }
  readonly cli: { command(name: string, command: CommandSpec): void }
  readonly broadcast: {
    /** To every node, this one included, when the transaction of `db` commits. */
    send(channel: string, data: unknown, db?: DatabaseHandle): Promise<void>
    on(channel: string, listener: (data: unknown) => void | Promise<void>, resync?: () => void | Promise<void>): void
  }
  readonly provide: <T>(token: Token<T>, service: T) => void
  /** For what core has never heard of. */
  readonly onDispose: (undo: () => void | Promise<void>) => void
}

interface ContextInput {
  readonly scope: Scope
  readonly options: object
  readonly services: Readonly<Record<string, unknown>>
  readonly db: DatabaseHandle
}

/** Hands a plugin what it may touch, everything tied to its scope. A new kind of thing to register is one member here. */
export function createPluginContext(
  host: PluginHost,
  { scope, options, services, db }: ContextInput,
): PluginContext<object, object> {
  return {
    name: scope.owner,
    options,
    services,
    db,
    log: host.log.child({ plugin: scope.owner }),
    clock: host.clock,
    ...dataPart(host, scope, services),
    auth: {
      strategy: (name, strategy) => void host.authenticator.add(name, strategy, scope),
      jwt: host.jwt,
      identify: host.identify,
      observe: (kind, observer) => void host.observers.add(kind, observer, scope),
      describe: (describe) => void host.authenticator.facts.describe(describe, scope),
      read: (read) => void host.authenticator.facts.read(read, scope),
      invalidate: (what, handle) => host.invalidate(what, handle),
    },
    acl: aclPart(host, scope),
    http: httpPart(host, scope),
    ...hookPart(host, scope),
    cli: { command: (name, command) => void host.commands.add(name, command, scope) },
    ...channelPart(host, scope, db),
    jobs: jobPart(host, scope),
    openapi: openapiPart(host, scope),
    provide: (token, service) => void host.services.add(token.id, service, scope),
    onDispose: (undo) => void scope.effect('onDispose', () => undo),
  }
}

const aclPart = (host: PluginHost, scope: Scope): PluginContext<object, object>['acl'] => ({
  grant: (role, resource, actions, limits = {}) => void host.acl.grant({ role, resource, actions, ...limits }, scope),
  restrict: (restriction) => void host.acl.restrict(restriction, scope),
  govern: (govern) => void host.acl.govern(govern, scope),
  imply: (by, resource, actions) => void host.acl.imply({ by, resource, actions }, scope),
  permits: (principal, resource, action) => host.acl.find(principal, resource, action) !== undefined,
})

const httpPart = (host: PluginHost, scope: Scope): PluginContext<object, object>['http'] => ({
  use: (middleware, order) => void host.middleware.use(middleware, scope, order),
  body: async (context) => {
    const body = await host.readBody(context)
    if (factsOf(context).principal) await host.identify(context)
    return body
  },
  params: ({ querystring }) => parseParams(querystring),
  facts: factsOf,
  static: (path, folder) => void host.routers.use(staticFiles(path, folder), scope),
  router: () => {
    const router = createRouter()
    host.routers.route(router, scope)
    return router
  },
})

const hookPart = (host: PluginHost, scope: Scope): Pick<PluginContext<object, object>, 'hooks' | 'events'> => ({
  hooks: {
    before: (action, hook) => void host.hooks.before(action, hook, scope),
    written: (action, hook) => void host.written.before(action, hook, scope),
  },
  events: {
    after: (action, listener) => void host.events.on(action, listener, scope),
    on: (event, listener) => void host.events.on(event.id, listener, scope),
    emit: (event, value, handle) => {
      const emit = (): void => host.events.emit(event.id, value)
      const executor = handle && executorOf(handle)
      if (executor && isTransaction(executor)) executor.afterCommit(emit)
      else emit()
    },
  },
})

function openapiPart(host: PluginHost, scope: Scope): PluginContext<object, object>['openapi'] {
  const describer = new ApiDescriber(host)
  return {
    extend: (extension) => void host.openapi.add(extension, scope),
    header: (header) => void host.documentedHeaders.add(header, scope),
    describe: (reader) => describer.describe(reader),
    settings: host.document,
  }
}

const jobPart = (host: PluginHost, scope: Scope): PluginContext<object, object>['jobs'] => ({
  every: (interval, run, options = {}) => void host.jobs.every(interval, run, options, scope),
  cron: (pattern, run, options = {}) => void host.jobs.cron(pattern, run, options, scope),
})

function channelPart(
  host: PluginHost,
  scope: Scope,
  db: DatabaseHandle,
): Pick<PluginContext<object, object>, 'broadcast' | 'cache'> {
  const listen = listening(host, scope)
  const full = (channel: string): string => `${scope.owner}/${channel}`
  const send = async (channel: string, data: unknown, handle = db): Promise<void> => {
    await executorOf(handle).transaction((transaction) => host.broadcast.announce(transaction, full(channel), data))
  }
  return {
    broadcast: { send, on: (channel, receive, resync = () => undefined) => listen(full(channel), receive, resync) },
    cache: {
      lru: <K extends NonNullable<unknown>, V extends NonNullable<unknown>>(name: string, options: CacheOptions) => {
        const { cache, empty } = createPluginCache<K, V>(options, (handle) => send(`cache/${name}`, null, handle))
        listen(full(`cache/${name}`), empty, empty)
        return cache
      },
    },
  }
}
