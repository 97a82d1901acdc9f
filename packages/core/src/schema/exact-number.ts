import type { FieldKind } from './field.js'

/**
 * A number of a JSON text whose digits JavaScript cannot hold: `9223372036854775807`. Kept as it was written, so that what
 * can store it does, and whatever else refuses it instead of storing another number.
 */
export class ExactNumber {
  constructor(readonly text: string) {}

  /** Digits only: rounding it would make it another number, where a fraction is merely less exact. */
  get isWhole(): boolean {
    return /^-?\d+$/.test(this.text)
  }

  toJSON(): number {
    return Number(this.text)
  }
}

const exponential = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,4})$/

/** `1e-7` as `0.0000001`: how JSON and JavaScript write small and large numbers, and how a decimal is kept. */
export function withoutExponent(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent] = exponential.exec(number) ?? []
  if (exponent === undefined) return number
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  const behind = digits.slice(point)
  return `${sign}${digits.slice(0, point).padEnd(point, '0')}${behind === '' ? '' : `.${behind}`}`
}

/** What a field of a kind is given to check. */
export function jsonValueFor(kind: FieldKind, value: unknown): unknown {
  if (!(value instanceof ExactNumber)) return value
  if (kind.takesDigits === true) return withoutExponent(value.text)
  return kind.operators === 'number' ? Number(value.text) : value
}

const form = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** Digits and exponent without zeros that mean nothing: equal for `1.50`, `15e-1` and `1.5`. */
function significant(text: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = form.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  // Not with /0+$/: that looks at every zero as often as there are zeros before it.
  let length = digits.length
  while (digits[length - 1] === '0') length--
  const trimmed = digits.slice(0, length)
  const power = Number(exponent) - fraction.length + digits.length - trimmed.length
  return trimmed === '' ? '0' : `${trimmed}e${power}`
}

/** Would the number come out of JavaScript as it went in? */
export const isExact = (text: string): boolean => {
  const value = Number(text)
  if (String(value) === text) return true
  return !Number.isFinite(value) || significant(text) === significant(String(value))
}
