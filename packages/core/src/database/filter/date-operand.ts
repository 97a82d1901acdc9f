import { instantOf, wallAt } from '../../kernel/time-zone.js'
import { datetime } from '../../schema/fields/datetime.js'
import type { CompiledField } from '../../schema/shape.js'
import type { FilterTime } from './filter-time.js'
import { invalidFilter } from './invalid-filter.js'
import { isObject, type Members } from './members.js'
import { namedRange, relativeNames, relativeRange } from './relative-range.js'
import { wallRangeOf, wholeDays, type WallRange } from './wall-range.js'

/** A stretch of time in the terms of a column: from, included, to the first value that is not in it. */
export interface DateRange {
  readonly from: string
  readonly to: string
}

export const isDateRange = (value: unknown): value is DateRange =>
  isObject(value) && typeof value['from'] === 'string' && typeof value['to'] === 'string'

/** Wall times of the caller, or instants: an operand with a zone of its own. */
type Stretch = WallRange & { readonly isInstant?: true }

/** The kinds of field that have a date. */
export const datedKinds: readonly string[] = ['datetime', 'datetimeNoTz', 'dateOnly']

const instant = datetime.schema({})
const noDate =
  'it must be a date (2026, 2026Q2, 2026-05, 2026-05-06, an instant), a list of two of them, or such as {"type":"today"}'

/** PostgreSQL's ends of time stand for whatever has no year of four digits. */
function written(wall: number, show: (iso: string) => string): string {
  const year = new Date(wall).getUTCFullYear()
  if (year < 1) return '-infinity'
  return year > 9999 ? 'infinity' : show(new Date(wall).toISOString())
}
const asInstant = (iso: string): string => iso
const asWall = (iso: string): string => iso.slice(0, 23).replace('T', ' ')
const asDay = (iso: string): string => iso.slice(0, 10)

/** Reads the operands of `$dateOn` and its like, and the variables that are dates, by the caller's clock. */
export class DateOperands {
  constructor(
    private readonly time: FilterTime,
    /** From a query string: numbers are texts. */
    private readonly textual: boolean,
  ) {}

  get #now(): number {
    return wallAt(this.time.zone(), this.time.now)
  }

  /** @throws 400 INVALID_FILTER */
  range(field: CompiledField, operand: unknown, path: string): DateRange {
    if (!Array.isArray(operand)) return this.#of(field, this.#stretch(operand, path))
    const [first, last] = operand.map((end, index) => this.#of(field, this.#stretch(end, `${path}.${index}`)))
    if (!first || !last || operand.length !== 2) throw invalidFilter('it takes [from, to]', path)
    return { from: first.from, to: last.to }
  }

  /** What `$nDate.today` stands for beside a value of the field: where it begins. */
  variable(field: CompiledField | undefined, name: string): string | undefined {
    const stretch = this.#named(name)
    if (!stretch) return undefined
    if (field && datedKinds.includes(field.kind.kind)) return this.#of(field, stretch).from.replace(/\.000$/, '')
    return written(stretch.from, stretch.isInstant ? asInstant : asDay)
  }

  #named(name: string): Stretch | undefined {
    if (name === 'now') return { from: this.time.now, to: this.time.now + 1, isInstant: true }
    return relativeNames.includes(name) ? namedRange(name, this.#now) : undefined
  }

  #stretch(operand: unknown, path: string): Stretch {
    if (isObject(operand)) {
      const outcome = relativeRange(this.#read(operand), this.#now)
      if ('range' in outcome) return outcome.range
      throw invalidFilter(outcome.problem, outcome.member === undefined ? path : `${path}.${outcome.member}`)
    }
    const variable = typeof operand === 'string' ? /^\{\{\s*\$nDate\.(\w+)\s*\}\}$/.exec(operand)?.[1] : undefined
    const stretch = variable === undefined ? this.#written(operand) : this.#named(variable)
    if (!stretch) throw invalidFilter(noDate, path)
    return stretch
  }

  #read(operand: Members): Members {
    const { number } = operand
    return this.textual && typeof number === 'string' && /^\d{1,9}$/.test(number)
      ? { ...operand, number: Number(number) }
      : operand
  }

  #written(operand: unknown): Stretch | undefined {
    const range = typeof operand === 'string' ? wallRangeOf(operand) : undefined
    if (range) return range
    if (typeof operand === 'string' && !/[T ]\d{2}:?\d{2}/.test(operand)) return undefined
    const parsed = instant.safeParse(operand)
    if (!parsed.success) return undefined
    const from = Date.parse(parsed.data)
    return { from, to: from + 1, isInstant: true }
  }

  #of(field: CompiledField, stretch: Stretch): DateRange {
    const zone = this.time.zone()
    if (field.kind.kind === 'datetime') {
      const at = (wall: number): number => (stretch.isInstant ? wall : instantOf(zone, wall))
      return { from: written(at(stretch.from), asInstant), to: written(at(stretch.to), asInstant) }
    }
    const { from, to } = stretch.isInstant ? this.#second(wallAt(zone, stretch.from)) : stretch
    if (field.kind.kind === 'datetimeNoTz') return { from: written(from, asWall), to: written(to, asWall) }
    const days = wholeDays({ from, to })
    return { from: written(days.from, asDay), to: written(days.to, asDay) }
  }

  /** Columns without a zone hold seconds. */
  #second(wall: number): WallRange {
    const from = Math.floor(wall / 1000) * 1000
    return { from, to: from + 1000 }
  }
}
