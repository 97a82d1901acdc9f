import type { CollectionRegistry } from '../database/collection-registry.js'
import type { Executor } from '../database/executor.js'
import type { Clock } from '../kernel/clock.js'
import type { Events, Hooks } from '../kernel/hooks.js'
import type { SealedText } from '../kernel/sealed-text.js'
import type { HookCall, WrittenCall } from './hook-call.js'

export interface ResourceLimits {
  readonly pageSize: number
  /** Rows of a list without pages. */
  readonly unpaged: number
  /** Records of one bulk create. */
  readonly bulk: number
  /** Bytes of an answer. */
  readonly answerBytes: number
  /** Records written out through `appends`. */
  readonly appended: number
}

/** What the actions work with. */
export interface ResourceContext {
  /** The pool, or the transaction that the whole call is in. */
  readonly executor: Executor
  readonly collections: CollectionRegistry
  readonly hooks: Hooks<HookCall>
  readonly written: Hooks<WrittenCall>
  readonly events: Events
  readonly clock: Clock
  readonly limits: ResourceLimits
  /** Seals the cursors of lists. */
  readonly seal: SealedText
}
