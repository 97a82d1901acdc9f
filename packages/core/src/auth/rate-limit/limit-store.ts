import { RateLimiterMemory, type RateLimiterAbstract, type RateLimiterRes } from 'rate-limiter-flexible'
import type { Logger } from '../../kernel/logger.js'
import { hashToken } from '../opaque-token.js'

/** What was counted so far in the window that is running. */
export interface LimitState {
  readonly consumed: number
  /** Milliseconds until the window ends. */
  readonly remains: number
}

/** Counts in fixed windows, which begin with the first thing that is counted. */
export interface LimitStore {
  /** Counts one. Undefined: the store is away, and nobody is to suffer for that. @param window seconds */
  count(key: string, window: number): Promise<LimitState | undefined>
  /** The same without counting; undefined when nothing was counted in this window as well. */
  peek(key: string): Promise<LimitState | undefined>
}

const stateOf = ({ consumedPoints, msBeforeNext }: RateLimiterRes): LimitState => ({
  consumed: consumedPoints,
  remains: Math.max(0, msBeforeNext),
})

/** Parts of keys come from callers, and stores want short texts. */
const keptAs = (key: string): string => (/^[ -~]{1,200}$/.test(key) ? key : hashToken(key))

/** A limiter that is only asked to count: what is too much, its callers know. */
export const counting = { points: 1, duration: 1 } as const

/** Counts with one of the limiters of rate-limiter-flexible. @throws what the limiter throws */
class Counter implements LimitStore {
  constructor(private readonly limiter: RateLimiterAbstract) {}

  async count(key: string, window: number): Promise<LimitState> {
    return stateOf(await this.limiter.penalty(keptAs(key), 1, { customDuration: window }))
  }

  async peek(key: string): Promise<LimitState | undefined> {
    const found = await this.limiter.get(keptAs(key))
    return found ? stateOf(found) : undefined
  }
}

/** Counts in the memory of this process: exact in it, and nothing of it is known to other nodes. */
export const createMemoryStore = (): LimitStore => new Counter(new RateLimiterMemory({ ...counting }))

/** Milliseconds that a store which is away is left alone. */
const rest = 1000

/** A store outside of this process. While it is away it says so once, is asked again now and then, and counts nothing. */
export class SharedStore implements LimitStore {
  readonly #counter: Counter
  #awaySince: number | undefined
  #askAgainAt = 0

  constructor(
    limiter: RateLimiterAbstract,
    private readonly name: string,
    private readonly log: Logger,
    /** Milliseconds that a request waits. One that is busy is not away: giving up early would open limits under load. */
    private readonly patience: number,
  ) {
    this.#counter = new Counter(limiter)
  }

  count(key: string, window: number): Promise<LimitState | undefined> {
    return this.#ask(() => this.#counter.count(key, window))
  }

  peek(key: string): Promise<LimitState | undefined> {
    return this.#ask(() => this.#counter.peek(key))
  }

  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    if (performance.now() < this.#askAgainAt) return undefined
    // One request finds out whether it is back; the others do not wait for that.
    if (this.#awaySince !== undefined) this.#askAgainAt = performance.now() + rest
    try {
      const answer = await inTime(question(), this.patience)
      this.#isBack()
      return answer
    } catch (error) {
      this.#isAway(error)
      return undefined
    }
  }

  #isAway(error: unknown): void {
    this.#askAgainAt = performance.now() + rest
    if (this.#awaySince !== undefined) return
    this.#awaySince = performance.now()
    this.log.warn({ err: error }, `Rate limits are not counted: ${this.name} is away`)
  }

  #isBack(): void {
    this.#askAgainAt = 0
    if (this.#awaySince === undefined) return
    const seconds = Math.round((performance.now() - this.#awaySince) / 1000)
    this.#awaySince = undefined
    this.log.info(`Rate limits are counted again: ${this.name} was away for ${seconds} s`)
  }
}

/** @throws Error when the answer takes longer than so many milliseconds */
export async function inTime<T>(answer: Promise<T>, limit: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  // It may still fail when nobody waits for it any more.
  answer.catch(() => undefined)
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limit} ms`)), limit)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
