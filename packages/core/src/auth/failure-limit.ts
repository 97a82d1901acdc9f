import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import type { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'

/** Seconds. */
const window = 60

/** Counts failures by who makes them. Only failures: whoever does it right is never in the way of himself. */
export class FailureLimit {
  readonly #limiter: RateLimiterMemory | undefined
  /** The last try of everybody who is trying just now. */
  readonly #trying = new Map<string, Promise<unknown>>()

  /** @param points failures a minute before one is told to wait; 0: no limit */
  constructor(
    private readonly name: string,
    private readonly points: number,
  ) {
    this.#limiter = points > 0 ? new RateLimiterMemory({ points, duration: window }) : undefined
  }

  /** Counts a failure. @returns 429 for whoever had his share before; undefined otherwise */
  async count(who: string): Promise<AppError | undefined> {
    const state = await this.#limiter?.penalty(who)
    return state && state.consumedPoints > this.points ? this.#refusal(state) : undefined
  }

  /**
   * Lets somebody try something; undefined is a failure. His tries run one after another: those that are sent together
   * would otherwise all begin before the first of them has failed.
   *
   * @throws 429 RATE_LIMITED without trying when he had his share of failures
   */
  attempt<T>(who: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    if (!this.#limiter) return work()
    const result = (this.#trying.get(who) ?? Promise.resolve()).then(() => this.#try(who, work))
    const settled = result.then(
      () => undefined,
      () => undefined,
    )
    this.#trying.set(who, settled)
    void settled.then(() => {
      if (this.#trying.get(who) === settled) this.#trying.delete(who)
    })
    return result
  }

  async #try<T>(who: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    const state = await this.#limiter?.get(who)
    if (state && state.consumedPoints >= this.points) throw this.#refusal(state)
    const result = await work()
    if (result === undefined) await this.#limiter?.penalty(who)
    return result
  }

  /** See draft-ietf-httpapi-ratelimit-headers for the last two headers. */
  #refusal({ msBeforeNext }: RateLimiterRes): AppError {
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
    return wire.RATE_LIMITED({ seconds }).withHeaders({
      'Retry-After': String(seconds),
      'RateLimit-Policy': `"${this.name}";q=${this.points};w=${window}`,
      RateLimit: `"${this.name}";r=0;t=${seconds}`,
    })
  }
}
