import type { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import { createMemoryStore, type LimitState, type LimitStore } from './limit-store.js'
import { limitReached } from './rate-limits.js'

/** Seconds. */
const window = 60

/** Tries of one that may be under way, nearly all of them waiting. */
const maxTrying = 200
const tooManyAtOnce = (): AppError => wire.RATE_LIMITED({ seconds: 1 }).withHeaders({ 'Retry-After': '1' })

/** Counts failures by who makes them. Only failures: whoever does it right is never in the way of himself. */
export class FailureLimit {
  /** The last try of everybody who is trying just now. */
  readonly #trying = new Map<string, { last: Promise<unknown>; count: number }>()

  /** @param points failures a minute before one is told to wait; 0: no limit */
  constructor(
    private readonly name: string,
    private readonly points: number,
    private readonly store: LimitStore = createMemoryStore(),
  ) {}

  /** Counts a failure. @returns 429 for whoever had his share before; undefined otherwise */
  async count(who: string): Promise<AppError | undefined> {
    if (this.points === 0) return undefined
    const state = await this.#add(who)
    return state && state.consumed > this.points ? this.#refusal(state) : undefined
  }

  /**
   * Lets somebody try something; undefined is a failure. His tries run one after another: those that are sent together
   * would otherwise all begin before the first of them has failed.
   *
   * @throws 429 RATE_LIMITED without trying when he had his share of failures
   */
  attempt<T>(who: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    if (this.points === 0) return work()
    const tries = this.#trying.get(who) ?? { last: Promise.resolve(), count: 0 }
    if (tries.count >= maxTrying) return Promise.reject(tooManyAtOnce())
    const result = tries.last.then(() => this.#try(who, work))
    const settle = (): void => {
      if (--tries.count === 0) this.#trying.delete(who)
    }
    tries.count++
    tries.last = result.then(settle, settle)
    this.#trying.set(who, tries)
    return result
  }

  async #try<T>(who: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    const state = await this.store.peek(this.#key(who))
    if (state && state.consumed >= this.points) throw this.#refusal(state)
    const result = await work()
    if (result === undefined) await this.#add(who)
    return result
  }

  #add(who: string): Promise<LimitState | undefined> {
    return this.store.count(this.#key(who), window)
  }

  #key(who: string): string {
    return `${this.name} ${who}`
  }

  #refusal(state: LimitState): AppError {
    return limitReached({ name: this.name, limit: this.points, window }, state)
  }
}
