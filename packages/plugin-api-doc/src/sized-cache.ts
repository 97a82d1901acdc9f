/** Something that is made, or being made. */
interface Kept<T> {
  readonly thing: Promise<T>
  size: number
}

/** What was asked for last, up to a number of bytes. Who asks for something that is being made waits for it. */
export class SizedCache<T> {
  readonly #kept = new Map<string, Kept<T>>()
  #size = 0
  /** How often something was made: what a test counts. */
  made = 0

  constructor(
    private readonly mostBytes: number,
    private readonly sizeOf: (thing: T) => number,
  ) {}

  get(key: string, make: () => Promise<T>): Promise<T> {
    const found = this.#kept.get(key)
    if (found) {
      // The one that was asked for last stands last.
      this.#kept.delete(key)
      this.#kept.set(key, found)
      return found.thing
    }
    this.made++
    const kept: Kept<T> = { thing: make(), size: 0 }
    this.#kept.set(key, kept)
    kept.thing.then(
      (thing) => this.#grow(key, kept, this.sizeOf(thing)),
      () => this.#drop(key, kept),
    )
    return kept.thing
  }

  #grow(key: string, kept: Kept<T>, size: number): void {
    if (this.#kept.get(key) !== kept) return
    kept.size = size
    this.#size += size
    for (const [oldest, { size: freed }] of this.#kept) {
      if (this.#size <= this.mostBytes || oldest === key) return
      this.#kept.delete(oldest)
      this.#size -= freed
    }
  }

  #drop(key: string, kept: Kept<T>): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key)
  }
}
