import { createHook, type AsyncHook } from 'node:async_hooks'
import { type Application } from '@postern/core'

/** How many of each kind there are, e.g. `actions` → 14. */
export type Counts = Readonly<Record<string, number>>

/** Where a registry's name says less than what is in it. */
const contents: Readonly<Record<string, string>> = {
  resources: 'actions',
  acl: 'grants and restrictions',
  written: 'hooks after a write',
}

const sizeOf = (value: unknown): number | undefined =>
  typeof value === 'object' && value !== null && 'size' in value && typeof value.size === 'number'
    ? value.size
    : undefined

/** The sizes of everything that a plugin can register with: whatever of the host has a size, so that new ones count too. */
export function registrySizes({ host }: Application): Counts {
  const parts = Object.entries({ ...host, strategies: host.authenticator.strategies })
  const sizes = parts.flatMap(([name, part]) => {
    const size = sizeOf(part)
    return size === undefined ? [] : [[contents[name] ?? name, size] as const]
  })
  return Object.fromEntries(sizes)
}

export function processListeners(): Counts {
  const entries = process
    .eventNames()
    .map((name) => [`listeners of process "${String(name)}"`, process.listenerCount(name)] as const)
  return Object.fromEntries(entries)
}

/** What outlives its maker, by the names that node has for it. */
const kinds: Readonly<Record<string, string>> = {
  Timeout: 'a timer',
  TCPSERVERWRAP: 'a server',
  PIPESERVERWRAP: 'a server',
  UDPWRAP: 'a socket',
  FSEVENTWRAP: 'a file watcher',
  STATWATCHER: 'a file watcher',
  PROCESSWRAP: 'a child process',
  WORKER: 'a worker thread',
}

/** Core, the drivers under it, jest and this package have timers of their own, which come and go. */
const notThePlugins =
  /expect-clean-disable\.[jt]s|[/\\](core[/\\](src|dist)|node_modules[/\\](@jest|jest-[\w-]+|pg|pg-[\w-]+|sequelize|sequelize-pool|pino|thread-stream))[/\\]/

/** The place in a stack at which something was made, below node and this file. */
function origin(stack: string): string | undefined {
  const frames = stack
    .split('\n')
    .filter((line) => /^\s+at .*:\d+\)?$/.test(line) && !/\(?node:|residue\.[jt]s/.test(line))
  return frames[0]?.trim()
}

/** Follows timers, servers, watchers and children from the moment it is made until `stop`. */
export class ResourceWatch {
  readonly #alive = new Map<number, string>()
  readonly #hook: AsyncHook

  constructor() {
    this.#hook = createHook({
      init: (id, type) => {
        const kind = kinds[type]
        const place = kind === undefined ? undefined : origin(new Error().stack ?? '')
        if (place !== undefined && !notThePlugins.test(place)) this.#alive.set(id, `${kind}, made ${place}`)
      },
      destroy: (id) => void this.#alive.delete(id),
    }).enable()
  }

  /** What was made and is still there. */
  alive(): readonly string[] {
    return [...this.#alive.values()]
  }

  stop(): void {
    this.#hook.disable()
  }
}
