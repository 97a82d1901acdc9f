import { countedAddress } from '../auth/networks.js'

/** Bytes of a body that is let in where longer ones no longer are: signing in and revoking must go on. */
const smallBody = 16_384
/** The part of a budget that is kept for small bodies. */
const kept = 1 / 16

/** What one body holds of a budget. */
export class BodyShare {
  #held = 0

  constructor(
    private readonly budget: BodyBudget,
    private readonly from: string,
  ) {}

  /** @returns false when it cannot have that many bytes more */
  take(bytes: number): boolean {
    const isTaken = this.budget.take(this.from, bytes, this.#held + bytes <= smallBody)
    if (isTaken) this.#held += bytes
    return isTaken
  }

  release(): void {
    this.budget.give(this.from, this.#held)
    this.#held = 0
  }
}

/** Counts the bytes of all bodies that are under way, so that however many they are, memory has a bound. */
export class BodyBudget {
  #held = 0
  readonly #heldFrom = new Map<string, number>()

  /** @param limit bytes in all @param addressLimit bytes from one address */
  constructor(
    private readonly limit: number,
    private readonly addressLimit: number,
  ) {}

  open(address: string): BodyShare {
    return new BodyShare(this, countedAddress(address))
  }

  take(from: string, bytes: number, isSmall: boolean): boolean {
    const part = isSmall ? 1 : 1 - kept
    const heldFrom = (this.#heldFrom.get(from) ?? 0) + bytes
    if (this.#held + bytes > this.limit * part || heldFrom > this.addressLimit * part) return false
    this.#held += bytes
    this.#heldFrom.set(from, heldFrom)
    return true
  }

  give(from: string, bytes: number): void {
    this.#held -= bytes
    const heldFrom = (this.#heldFrom.get(from) ?? 0) - bytes
    if (heldFrom > 0) this.#heldFrom.set(from, heldFrom)
    else this.#heldFrom.delete(from)
  }
}
