import { randomUUID } from 'node:crypto'
import type { FieldKind } from './field.js'

/**
 * A number of a JSON text whose digits JavaScript cannot hold: `9223372036854775807`. Kept as it was written, so that what
 * can store it does, and whatever else refuses it instead of storing another number.
 */
export class ExactNumber {
  constructor(readonly text: string) {}

  /** To every digit within `writeExactJson`; elsewhere the number that is nearest. */
  toJSON(): number | string {
    return marks ? `${marks}${this.text}` : Number(this.text)
  }
}

/** Stands before the digits while a text of JSON is being written; nobody outside of this process can know it. */
const mark = `written:${randomUUID()}:`
const marked = new RegExp(`"${mark}([^"]*)"`, 'g')
let marks: string | undefined

/** As `JSON.stringify`, with every digit of each `ExactNumber`. */
export function writeExactJson(value: unknown): string {
  marks = mark
  try {
    const text = JSON.stringify(value)
    return text.includes(mark) ? text.replace(marked, '$1') : text
  } finally {
    marks = undefined
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
  const text = withoutExponent(value.text).replace(/\.0+$/, '')
  if (kind.takesDigits === true) return text
  if (kind.operators !== 'number') return value
  // Rounded it would be whole, which it is not.
  return roundedKinds.has(kind.kind) || wholeForm.test(text) ? Number(text) : value
}

const roundedKinds = new Set(['float', 'double'])
const wholeForm = /^-?\d+$/

/** Digits without their point, and how many of them are behind it. */
function scaled(text: string): { readonly digits: bigint; readonly scale: number } {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.')
  const digits = BigInt(`${whole}${fraction}` || '0')
  return { digits: text.startsWith('-') ? -digits : digits, scale: fraction.length }
}

/** Compares a decimal number with one of JavaScript as it is written: below 0 when it is less, above 0 when it is more. */
export function compareExact(text: string, number: number): number {
  const [a, b] = [scaled(text), scaled(withoutExponent(String(number)))]
  const scale = Math.max(a.scale, b.scale)
  const difference = a.digits * 10n ** BigInt(scale - a.scale) - b.digits * 10n ** BigInt(scale - b.scale)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const form = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** Digits and exponent without zeros that mean nothing: equal for `1.50`, `15e-1` and `1.5`. */
function significant(text: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = form.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const trimmed = digits.replace(/0+$/, '')
  const power = Number(exponent) - fraction.length + digits.length - trimmed.length
  return trimmed === '' ? '0' : `${trimmed}e${power}`
}

/** Would the number come out of JavaScript as it went in? */
export const isExact = (text: string): boolean => {
  const value = Number(text)
  return !Number.isFinite(value) || significant(text) === significant(String(value))
}
