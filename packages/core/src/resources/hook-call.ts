import type { Principal } from '../auth/principal.js'
import type { AnyRow } from '../database/collection.js'
import type { DatabaseHandle } from '../database/handle.js'
import type { RequestFacts } from './action.js'

/** What a `before` hook gets: it runs inside the transaction, may change `values`, and refuses by throwing. */
export interface HookCall {
  readonly resource: string
  readonly action: string
  readonly principal: Principal
  /** The tk, where one record is meant. */
  readonly key: string | undefined
  /** What will be written; a bulk create calls the hook once for each record. */
  readonly values: Record<string, unknown>
  /** The records that an update or a destroy is about to touch, as they are now. */
  readonly targets: () => Promise<AnyRow[]>
  readonly db: DatabaseHandle
  readonly request: RequestFacts
}

/** What a listener gets after the action is committed. */
export interface ActionEvent {
  readonly resource: string
  readonly action: string
  readonly principal: Principal
  readonly key: string | undefined
  /** The records that were written, as far as the action knows them. */
  readonly records: readonly AnyRow[]
  readonly request: RequestFacts
}

/** What a `written` hook gets: inside the transaction, after the records were written. A throw undoes them. */
export interface WrittenCall extends ActionEvent {
  readonly db: DatabaseHandle
}
