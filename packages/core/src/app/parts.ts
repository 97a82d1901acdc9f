import type { Clock } from '../kernel/clock.js'
import type { Logger } from '../kernel/logger.js'
import type { Plugin } from '../plugins/plugin.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import type { ResourceContext } from '../resources/context.js'
import type { Dispatcher } from '../resources/dispatcher.js'
import type { Config } from './config.js'

export interface CreateAppOptions {
  readonly config: Config
  readonly log?: Logger
  /**
   * `server` listens and serves; `command` has database and plugins, nothing listens; `bare` loads no plugin; `inspect`
   * only looks: nothing is migrated, so little works.
   */
  readonly mode: 'server' | 'command' | 'bare' | 'inspect'
  /** No plugin is switched on. */
  readonly safe?: boolean
  /** Plugins that are at hand, beside those that are found. */
  readonly plugins?: readonly Plugin[]
  readonly clock?: Clock
  /** Breaks the start off; it then throws an AbortError. */
  readonly signal?: AbortSignal
  /** Progress lines for a person. */
  readonly onProgress?: (message: string) => void
}

export interface Parts {
  readonly host: PluginHost
  readonly dispatcher: Dispatcher
  readonly context: ResourceContext
  readonly release: () => Promise<void>
}
