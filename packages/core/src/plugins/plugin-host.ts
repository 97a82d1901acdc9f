import type { Acl } from '../acl/acl.js'
import type { CallerParts } from '../acl/caller-parts.js'
import type { Authenticator } from '../auth/authenticator.js'
import type { Invalidation } from '../auth/credential-cache.js'
import type { JwtSigner } from '../auth/jwt.js'
import type { Principal } from '../auth/principal.js'
import type { CredentialObservers } from '../auth/observers.js'
import type { RateLimits } from '../auth/rate-limit/rate-limits.js'
import type { Broadcast } from '../database/broadcast.js'
import type { CollectionRegistry } from '../database/collection-registry.js'
import type { Connection } from '../database/connection.js'
import type { DatabaseHandle } from '../database/handle.js'
import type { Identify } from '../http/identify.js'
import type { Context } from '../http/router-middleware.js'
import type { MiddlewareChain } from '../http/middleware-chain.js'
import type { Clock } from '../kernel/clock.js'
import type { Events, Hooks } from '../kernel/hooks.js'
import type { Logger } from '../kernel/logger.js'
import type { Registry } from '../kernel/registry.js'
import type { Reply, RequestFacts } from '../resources/action.js'
import type { HookCall, WrittenCall } from '../resources/hook-call.js'
import type { ResourceRegistry } from '../resources/resource-registry.js'
import type { OwnedList } from '../kernel/owned-list.js'
import type { CommandSpec } from './command.js'
import type { JobScheduler } from './job-scheduler.js'
import type { DocumentedHeader, ExtendDocument } from './openapi-extension.js'

export interface DocumentSettings {
  /** Of the core. */
  readonly version: string
  /** Below which the API is, e.g. `/api`. */
  readonly prefix: string
  /** Whoever asks without a credential gets a document too, of what anybody may do. */
  readonly isPublic: boolean
  /** Where people and clients reach the server, e.g. `https://api.example.com`, without a slash at the end. */
  readonly publicUrl: string | undefined
  /** Of the API, as its operator calls it. */
  readonly title: string
  /** Of the API, which is the operator's to count. */
  readonly apiVersion: string
  readonly description: string | undefined
  /** `Ann Lee <ann@example.com> (https://example.com)`, any of it. */
  readonly contact: string | undefined
  /** `MIT`, or `Our terms (https://example.com/terms)`. */
  readonly licence: string | undefined
}

/** A call of an action in the name of whoever sent a request. */
export interface ResourceCall {
  readonly principal: Principal
  readonly key?: string | undefined
  readonly sourceId?: string | undefined
  readonly params?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  /** The request that it is part of; a route has it in `context.state.facts`. */
  readonly request: RequestFacts
}

/** The registries and services that plugins register with. */
export interface PluginHost {
  readonly connection: Connection
  readonly broadcast: Broadcast
  readonly collections: CollectionRegistry
  readonly resources: ResourceRegistry
  readonly authenticator: Authenticator
  readonly observers: CredentialObservers
  /** Where requests and failures are counted. */
  readonly limits: RateLimits
  /** Who sends a request. */
  readonly identify: Identify
  readonly acl: Acl
  /** What callers see of divided collections in the database. */
  readonly parts: CallerParts
  /** Runs an action as the API would. */
  call(resource: string, action: string, call: ResourceCall): Promise<Reply>
  readonly readBody: (context: Context) => Promise<unknown>
  readonly middleware: MiddlewareChain
  readonly routers: MiddlewareChain
  readonly hooks: Hooks<HookCall>
  readonly written: Hooks<WrittenCall>
  readonly events: Events
  readonly services: Registry<unknown>
  readonly commands: Registry<CommandSpec>
  readonly jobs: JobScheduler
  /** What plugins add to the API document. */
  readonly openapi: OwnedList<ExtendDocument>
  /** Headers that plugins read, for the API document. */
  readonly documentedHeaders: OwnedList<DocumentedHeader>
  /** What the API document tells of the server as a whole. */
  readonly document: DocumentSettings
  /** Names of the server's own plugins. */
  readonly builtins: Set<string>
  readonly jwt: JwtSigner
  readonly clock: Clock
  readonly log: Logger
  /** Makes every node forget verified credentials when the transaction of `db` commits. */
  invalidate(what: Invalidation, db: DatabaseHandle): Promise<void>
}
