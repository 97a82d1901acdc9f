import { defineErrors } from './errors.js'

export type Disposer = () => void | Promise<void>

const errors = defineErrors('SCOPE', {
  CLOSED: { status: 500, message: '"{owner}" is off and can register nothing more ({label})' },
})

interface Effect {
  readonly label: string
  readonly undo: Disposer
}

/**
 * What one owner did, and how to undo it: last in, first out, exactly once.
 * What an owner registered is visible only while its scope is active, so an owner appears and vanishes all at once.
 */
export class Scope {
  readonly #effects = new Set<Effect>()
  #closed = false
  /** Flipping this one flag shows or hides everything that the owner registered. */
  active = false
  #calls = 0
  readonly #waiting = new Set<() => void>()
  #closing: Promise<void> | undefined

  constructor(readonly owner: string) {}

  /** A call into the owner's code begins; `leave` must follow. */
  enter(): void {
    this.#calls++
  }

  leave(): void {
    if (--this.#calls === 0) for (const resume of this.#waiting) resume()
  }

  get callsInFlight(): number {
    return this.#calls
  }

  /** Waits for the calls in flight, `limit` milliseconds at most. @returns whether all have ended */
  async whenIdle(limit: number): Promise<boolean> {
    if (this.#calls === 0) return true
    return new Promise((resolve) => {
      const end = (isIdle: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(resume)
        resolve(isIdle)
      }
      const resume = (): void => end(true)
      const timer = setTimeout(end, limit, false)
      this.#waiting.add(resume)
    })
  }

  /** Does something and records how to undo it, in one expression. Refuses, before doing anything, once closed. */
  effect(label: string, act: () => Disposer): Disposer {
    if (this.#closed) throw errors.CLOSED({ owner: this.owner, label })
    const effect: Effect = { label, undo: act() }
    this.#effects.add(effect)
    return () => (this.#effects.delete(effect) ? effect.undo() : undefined)
  }

  /** What the owner holds, e.g. `action notes:sweep`, in the order of registration. */
  holdings(): readonly string[] {
    return [...this.#effects].map((effect) => effect.label)
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * Undoes everything in reverse order, one after another. One failure does not stop the rest. Whoever closes it again
   * waits for the same end.
   */
  close(): Promise<void> {
    this.active = false
    this.#closed = true
    return (this.#closing ??= this.#undoAll())
  }

  async #undoAll(): Promise<void> {
    const failures: unknown[] = []
    for (const effect of [...this.#effects].reverse()) {
      if (!this.#effects.delete(effect)) continue
      try {
        await effect.undo()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `${this.owner} did not shut down cleanly`)
  }
}
