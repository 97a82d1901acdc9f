import { wire } from '../kernel/wire-errors.js'
import type { Caller } from './call-budget.js'
import { unavailable } from './postgres-errors.js'

/** Connections beside the pool's that only the server itself, signing in and revoking may use. */
export const reservedConnections = 2

/** What one may hold at most is so many times what would stay free for others. */
const accountFactor = 3
const credentialFactor = 2
const maxWaiting = 1000

interface Waiting {
  readonly caller: Caller | undefined
  readonly admit: () => void
}

class Counts {
  readonly #counts = new Map<string, number>()

  of(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  add(name: string, change: number): void {
    const count = this.of(name) + change
    if (count > 0) this.#counts.set(name, count)
    else this.#counts.delete(name)
  }
}

/**
 * Divides the connections of the pool among those who call. Nobody holds more than three times what stays free, so a
 * quarter is left when one account takes all that it can, and less to each of several. The other credentials of the same
 * account still get one. Who may not have another connection waits for his own, and holds nobody up.
 */
export class ConnectionShares {
  #used = 0
  readonly #accounts = new Counts()
  readonly #credentials = new Counts()
  readonly #queued = new Counts()
  readonly #waiting = new Set<Waiting>()

  constructor(
    private readonly size: number,
    /** Milliseconds. */
    private readonly maxWait: number,
  ) {}

  /** @returns how to give the connection back. @throws 429 RATE_LIMITED, 503 UNAVAILABLE after waiting in vain */
  async acquire(caller: Caller | undefined, onGone?: (listener: () => void) => () => void): Promise<() => void> {
    if (!this.#mayTake(caller)) await this.#wait(caller, onGone)
    else this.#count(caller, 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#count(caller, -1)
      this.#admitNext()
    }
  }

  #mayTake(caller: Caller | undefined): boolean {
    const free = this.size - this.#used - 1
    if (!caller) return free + reservedConnections >= 0
    const held = this.#accounts.of(caller.account)
    if (free < 0) return caller.isReserved && free + reservedConnections >= (held === 0 ? 0 : 1)
    return isFair(held, free, accountFactor) && isFair(this.#credentials.of(caller.credential), free, credentialFactor)
  }

  #count(caller: Caller | undefined, change: 1 | -1): void {
    this.#used += change
    if (!caller) return
    this.#accounts.add(caller.account, change)
    this.#credentials.add(caller.credential, change)
  }

  #wait(caller: Caller | undefined, onGone: ((listener: () => void) => () => void) | undefined): Promise<void> {
    const account = caller?.account ?? ''
    if (this.#queued.of(account) >= maxWaiting) throw tooMany()
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer)
        stopListening?.()
        this.#waiting.delete(waiting)
        this.#queued.add(account, -1)
      }
      const give = (error: Error): void => {
        leave()
        reject(error)
      }
      const waiting: Waiting = {
        caller,
        admit: () => {
          leave()
          this.#count(caller, 1)
          resolve()
        },
      }
      const isOwnFault = (): boolean => caller !== undefined && this.#accounts.of(caller.account) > 0
      const timer = setTimeout(() => give(isOwnFault() ? tooMany() : unavailable(undefined)), this.maxWait)
      const stopListening = onGone?.(() => give(unavailable(undefined)))
      this.#queued.add(account, 1)
      this.#waiting.add(waiting)
    })
  }

  #admitNext(): void {
    for (const waiting of this.#waiting) {
      if (this.#used >= this.size + reservedConnections) return
      if (this.#mayTake(waiting.caller)) waiting.admit()
    }
  }
}

/** Whoever has none gets one. */
const isFair = (held: number, free: number, factor: number): boolean => held === 0 || held + 1 <= factor * free

const tooMany = (): Error => wire.RATE_LIMITED({ seconds: 1 }).withHeaders({ 'Retry-After': '1' })
