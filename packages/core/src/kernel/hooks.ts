import { blame } from './blame.js'
import { OwnedList, type OwnedItem } from './owned-list.js'
import type { Disposer, Scope } from './scope.js'
import type { Logger } from './logger.js'

/** A fact that a plugin may tell others: `emit` it, listen with `on`. */
export interface EventToken<T> {
  readonly id: string
  readonly type?: T
}

/** Makes an event token. Two tokens are the same when their id is the same. */
export const defineEvent = <T>(id: string): EventToken<T> => ({ id })

type Listener<T> = (value: T) => unknown

/** Lists of owned functions by key: `notes:create` → the hooks of that action. */
class Channels<T> {
  readonly #lists = new Map<string, OwnedList<Listener<T>>>()

  constructor(private readonly kind: string) {}

  add(key: string, listener: Listener<T>, scope: Scope): Disposer {
    let list = this.#lists.get(key)
    if (!list) this.#lists.set(key, (list = new OwnedList(`${this.kind} ${key}`)))
    return list.add(listener, scope)
  }

  has(key: string): boolean {
    const list = this.#lists.get(key)
    return list !== undefined && !list.isEmpty
  }

  active(key: string): Iterable<OwnedItem<Listener<T>>> {
    return this.#lists.get(key)?.active() ?? []
  }

  get size(): number {
    let size = 0
    for (const list of this.#lists.values()) size += list.size
    return size
  }
}

/** Runs a plugin's function as a call in flight of that plugin: what it uses is not taken away under it. */
async function tell<T>({ value: listener, scope, registeredAt }: OwnedItem<Listener<T>>, value: T): Promise<void> {
  scope.enter()
  try {
    await listener(value)
  } catch (error) {
    blame(error, scope.owner, registeredAt)
    throw error
  } finally {
    scope.leave()
  }
}

/** `before` hooks: awaited in order inside the transaction; a throw refuses the call. */
export class Hooks<T> {
  readonly #channels = new Channels<T>('hook')

  before(key: string, hook: Listener<T>, scope: Scope): Disposer {
    return this.#channels.add(key, hook, scope)
  }

  has(key: string): boolean {
    return this.#channels.has(key)
  }

  async run(key: string, value: T): Promise<void> {
    for (const hook of this.#channels.active(key)) await tell(hook, value)
  }

  get size(): number {
    return this.#channels.size
  }
}

/** Events: facts, told after commit. A failing listener is logged with its owner's name and fails nothing else. */
export class Events {
  readonly #channels = new Channels<unknown>('event')

  constructor(private readonly log: Logger) {}

  /** Listens to `after` of an action (`notes:create`) or to an event by its id. */
  on(key: string, listener: Listener<never>, scope: Scope): Disposer {
    // A listener knows the type of its own event; the key is what ties the two together.
    return this.#channels.add(key, listener as Listener<unknown>, scope)
  }

  has(key: string): boolean {
    return this.#channels.has(key)
  }

  emit(key: string, value: unknown): void {
    for (const listener of this.#channels.active(key)) void this.#tell(listener, value, key)
  }

  async #tell(listener: OwnedItem<Listener<unknown>>, value: unknown, key: string): Promise<void> {
    const plugin = listener.scope.owner
    try {
      await tell(listener, value)
    } catch (error) {
      const { registeredAt } = listener
      this.log.error(
        { err: error, plugin, event: key, registeredAt },
        `A listener of plugin "${plugin}" failed on ${key}`,
      )
    }
  }

  get size(): number {
    return this.#channels.size
  }
}
