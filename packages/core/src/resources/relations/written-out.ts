import type { AnyRow } from '../../database/collection.js'
import { tooManyBytes } from '../../database/call-budget.js'
import { wire } from '../../kernel/wire-errors.js'
import type { ResourceLimits } from '../context.js'

interface Size {
  readonly records: number
  readonly bytes: number
}

/** Bytes of a number, a truth or null at least. */
const least = 4

/**
 * How much related records become when they are written out: one that belongs to a thousand others is read once and
 * written a thousand times, with all that it has of its own. Each is looked at once, whatever it belongs to.
 */
export class WrittenOut {
  readonly #sizes = new WeakMap<object, Size>()
  readonly #records = new WeakSet<object>()

  constructor(private readonly limits: Pick<ResourceLimits, 'appended' | 'answerBytes'>) {}

  /**
   * Counts the records that are put into those of one level.
   *
   * @returns what is to be called with the complete records that one more record gets
   * @throws 400 RESULT_TOO_LARGE as soon as they are too many or too large
   */
  level(): (related: readonly AnyRow[]) => void {
    let records = 0
    let bytes = 0
    return (related) => {
      const size = this.#sizes.get(related) ?? this.#sizeOfRecords(related)
      records += size.records
      bytes += size.bytes
      const { appended, answerBytes } = this.limits
      if (records > appended) throw wire.RESULT_TOO_LARGE({ limit: `${appended} records` }).at('appends')
      if (bytes > answerBytes) throw tooManyBytes(answerBytes)
    }
  }

  #sizeOfRecords(related: readonly AnyRow[]): Size {
    for (const record of related) this.#records.add(record)
    return this.#sizeOf(related)
  }

  /** No more than the value has as JSON: cheap, and enough to bound it. */
  #sizeOf(value: unknown): Size {
    if (typeof value === 'string') return { records: 0, bytes: value.length + 2 }
    if (typeof value !== 'object' || value === null) return { records: 0, bytes: least }
    const known = this.#sizes.get(value)
    if (known) return known
    let records = this.#records.has(value) ? 1 : 0
    let bytes = 2
    for (const [name, member] of Object.entries(value)) {
      const size = this.#sizeOf(member)
      records += size.records
      bytes += size.bytes + (Array.isArray(value) ? 1 : name.length + 4)
    }
    const total = { records, bytes }
    this.#sizes.set(value, total)
    return total
  }
}
