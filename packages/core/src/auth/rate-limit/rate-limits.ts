import type { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import { createMemoryStore, type LimitState, type LimitStore } from './limit-store.js'

/** Where limits are counted. It is chosen when the server opens; until then, and in commands, in memory. */
export class RateLimits implements LimitStore {
  readonly #memory = createMemoryStore()
  #shared: LimitStore | undefined
  #holdsGarbage = true

  /**
   * @param holdsGarbage is a count so cheap that even what nobody proved may cause one? Not where it is a statement:
   *   garbage must not reach the database
   */
  use(shared: LimitStore | undefined, { holdsGarbage = true } = {}): void {
    this.#shared = shared
    this.#holdsGarbage = holdsGarbage
  }

  count(key: string, window: number): Promise<LimitState | undefined> {
    return (this.#shared ?? this.#memory).count(key, window)
  }

  peek(key: string): Promise<LimitState | undefined> {
    return (this.#shared ?? this.#memory).peek(key)
  }

  /** For failures: while a store is away they are counted here, since guessing must not become free. */
  get guarded(): LimitStore {
    const first = (): LimitStore => (this.#holdsGarbage ? this : this.#memory)
    return {
      count: async (key, window) => (await first().count(key, window)) ?? this.#memory.count(key, window),
      peek: async (key) => (await first().peek(key)) ?? this.#memory.peek(key),
    }
  }
}

/** Of one limit: its name, how many a window, and how long that is in seconds. */
export interface LimitPolicy {
  readonly name: string
  readonly limit: number
  readonly window: number
}

const secondsOf = ({ remains }: LimitState): number => Math.max(1, Math.ceil(remains / 1000))

/** What tells a client where it stands (draft-ietf-httpapi-ratelimit-headers). */
export function limitHeaders(policy: LimitPolicy, state: LimitState): Readonly<Record<string, string>> {
  const { name, limit, window } = policy
  return {
    'RateLimit-Policy': `"${name}";q=${limit};w=${window}`,
    RateLimit: `"${name}";r=${Math.max(0, limit - state.consumed)};t=${secondsOf(state)}`,
  }
}

/** 429 for whoever had his share. */
export function limitReached(policy: LimitPolicy, state: LimitState): AppError {
  const seconds = secondsOf(state)
  const headers = { 'Retry-After': String(seconds), ...limitHeaders(policy, state) }
  return wire.RATE_LIMITED({ seconds }).withHeaders(headers)
}
