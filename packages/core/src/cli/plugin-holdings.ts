/** What a plugin holds, by kind. */
export interface Holdings {
  readonly collections: readonly string[]
  readonly resources: readonly string[]
  readonly actions: readonly string[]
  readonly strategies: readonly string[]
  readonly hooks: readonly string[]
  readonly events: readonly string[]
  readonly routes: readonly string[]
  readonly jobs: readonly string[]
  readonly commands: readonly string[]
}

/** Sorts the labels of a scope: `action notes:sweep` is the action `notes:sweep` of the resource `notes`. */
export function sortHoldings(labels: readonly string[]): Holdings {
  const named = (kind: string): string[] =>
    labels.filter((label) => label.startsWith(`${kind} `)).map((label) => label.slice(kind.length + 1))
  const actions = named('action')
  return {
    collections: named('collection'),
    resources: [...new Set(actions.map((action) => action.slice(0, action.lastIndexOf(':'))))],
    actions,
    strategies: named('strategy'),
    hooks: named('hook'),
    events: named('event'),
    // Routers and middleware have no names of their own.
    routes: labels.filter((label) => /^(router|middleware)\b/.test(label)),
    jobs: named('job'),
    commands: named('command'),
  }
}
