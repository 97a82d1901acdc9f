import { TooWide } from './quick-lane.js'

/** Milliseconds. */
const period = 60_000

/** Collections whose rows turned out to be too large for connections that many share. After a while they are tried again. */
export class WideSources {
  readonly #until = new WeakMap<object, number>()

  has(source: object | undefined): boolean {
    const until = source && this.#until.get(source)
    return until !== undefined && until > performance.now()
  }

  add(source: object | undefined): void {
    if (source) this.#until.set(source, performance.now() + period)
  }
}

export const isTooWide = (error: unknown): error is TooWide => error instanceof TooWide
