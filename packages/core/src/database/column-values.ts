import pg from 'pg'
import { exactJsonFromText } from '../schema/exact-json.js'

/** `2025-03-03 09:57:36.7+00` → `2025-03-03T09:57:36.700Z`. Reading text is cheaper than making a Date to write it again. */
export function instantFromText(text: string): string {
  // `infinity` is none of ours, but SQL of a plugin may select it.
  if (!text.endsWith('+00')) return text
  const fraction = text.slice(20, text.length - 3)
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
}

/** `bigint`: a number as far as JavaScript counts exactly, a string of digits above. */
export function bigIntFromText(text: string): number | string {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : text
}

const asIs = (text: string): string => text
const { builtins } = pg.types

const parsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, bigIntFromText],
  [builtins.JSONB, exactJsonFromText],
  [builtins.TIMESTAMPTZ, instantFromText],
  [builtins.TIMESTAMP, asIs],
  [builtins.DATE, asIs],
  [builtins.TIME, asIs],
  [builtins.NUMERIC, asIs],
])

/** How every statement of ours reads its columns: straight into the JSON values of the wire. */
export const columnParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): unknown =>
    parsers.get(oid) ?? pg.types.getTypeParser(oid, format),
}

/** Session settings that the parsers above rely on; and collections are in `public`, whatever the role is called. */
export const sessionOptions = '-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=iso_8601 -c search_path=public'
