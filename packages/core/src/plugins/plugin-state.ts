export type PluginState = 'enabled' | 'disabled' | 'failed'

export interface PluginInfo {
  readonly name: string
  readonly version: string | null
  readonly state: PluginState
  /** Null when it is not there any more. */
  readonly package: string | null
  readonly requires: readonly string[]
  readonly error: string | null
}

/** What became of a toggle on one node. */
export interface NodeState {
  readonly node: string
  readonly state: string
  readonly error: string | null
  /** Milliseconds that it took there. */
  readonly ms: number | null
}

export interface ToggleResult {
  readonly plugin: string
  readonly state: PluginState
  /** False: it was in that state already. */
  readonly changed: boolean
  readonly nodes: readonly NodeState[]
}
