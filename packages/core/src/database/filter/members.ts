import { ExactNumber } from '../../schema/exact-number.js'

export type Members = Readonly<Record<string, unknown>>

/** An object of JSON: what a filter and its parts are made of. */
export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !(value instanceof ExactNumber)
