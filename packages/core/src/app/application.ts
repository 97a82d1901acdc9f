import type { AddressInfo } from 'node:net'
import type { Principal } from '../auth/principal.js'
import type { Connection } from '../database/connection.js'
import type { MigrationStatus } from '../database/migrator.js'
import type { DatabaseHandle } from '../database/handle.js'
import type { Logger } from '../kernel/logger.js'
import type { Registry } from '../kernel/registry.js'
import type { Token } from '../kernel/token.js'
import type { CommandSpec } from '../plugins/command.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import type { PluginManager } from '../plugins/plugin-manager.js'
import type { Reply } from '../resources/action.js'
import type { Config } from './config.js'

export interface CallInput {
  /** The tk. */
  readonly key?: string
  /** The tk of the parent, for resources such as `users.roles`. */
  readonly sourceId?: string
  /** What the query string would say. */
  readonly params?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  /** In whose name; the server itself when absent, which may do everything. */
  readonly principal?: Principal
}

/** A Postern server: a handle on its parts, without logic of its own. */
export interface Application {
  readonly config: Config
  readonly log: Logger
  readonly connection: Connection
  readonly db: DatabaseHandle
  readonly plugins: PluginManager
  /** The registries themselves: what leak tests compare. */
  readonly host: PluginHost
  /** Commands that enabled plugins contribute, e.g. `key create`. */
  readonly commands: Registry<CommandSpec>
  /** A service of an enabled plugin; undefined when none provides it. */
  service<T>(token: Token<T>): T | undefined
  /** Runs an action as a request would, without HTTP. `resource` may be `users.roles`. @throws what the action throws */
  call(resource: string, action: string, input?: CallInput): Promise<Reply>
  /** The migrations that ran when this application was opened. */
  readonly migrated: readonly string[]
  /** What was migrated, and what is pending; runs nothing. */
  migrations(): Promise<MigrationStatus[]>
  /** The address that the server listens on; undefined when it does not listen. */
  readonly address: AddressInfo | undefined
  /** What first start made: shown once. */
  readonly firstRun: { readonly email: string; readonly password: string | null } | undefined
  /** Stops in the order of SIGTERM: no new connections, requests finish, plugins stop, connections close. @returns whether all requests finished in time */
  stop(): Promise<boolean>
}
