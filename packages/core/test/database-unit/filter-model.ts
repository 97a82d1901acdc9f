// Filters in plain TypeScript, to compare the server with: HTTP contract §3, with the three truth values of SQL.
import { dateOperators, isDated, type DateContext } from './date-model.js'
import { all, any, not, type Scalar, type Truth } from './truth.js'

export type Filter = Readonly<Record<string, unknown>>
export interface FilterRow {
  readonly id: number
  readonly values: Readonly<Record<string, Scalar>>
}

/** `word` has an alphabet on whose order every collation agrees; `title` has everything that is hard to match. */
export const fieldTypes = {
  title: 'string',
  word: 'text',
  count: 'integer',
  big: 'bigInt',
  ratio: 'double',
  price: { type: 'decimal', precision: 12, scale: 3 },
  done: 'boolean',
  at: 'datetime',
  local: 'datetimeNoTz',
  day: 'dateOnly',
  hour: 'time',
  guid: 'uuid',
  state: { type: 'enum', enum: ['a', 'B', '_'] },
} as const

export type FieldName = keyof typeof fieldTypes
type Plain = string | number | bigint | boolean

/** A value in a form that JavaScript compares as PostgreSQL compares the column. */
function comparable(field: string, value: string | number | boolean): Plain {
  if (field === 'big') return BigInt(value)
  if (field === 'price') return Math.round(Number(value) * 1000)
  if (field === 'at') return new Date(String(value)).getTime()
  if (field === 'guid') return String(value).toLowerCase()
  return value
}

/** -1, 0 or 1; null when one of the two is not known. */
function order(field: string, a: Scalar, b: Scalar): number | null {
  if (a === null || b === null) return null
  const [x, y] = [comparable(field, a), comparable(field, b)]
  return x < y ? -1 : x > y ? 1 : 0
}

const known = (value: number | null, is: (value: number) => boolean): Truth => (value === null ? null : is(value))

const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value)
const scalar = (value: unknown): Scalar => {
  if (isScalar(value)) return value
  throw new Error('the operand is one value')
}
const list = (value: unknown): readonly Scalar[] => (Array.isArray(value) ? value.map(scalar) : [scalar(value)])

const isEqual = (field: string, value: Scalar, operand: Scalar): Truth =>
  operand === null ? value === null : known(order(field, value, operand), (sign) => sign === 0)

/** Among none nothing is, not even what is unknown. */
const isAmong = (field: string, value: Scalar, operands: readonly Scalar[]): Truth =>
  any(operands.map((operand) => isEqual(field, value, operand)))

const isBetween = (field: string, value: Scalar, [from = null, to = null]: readonly Scalar[]): Truth =>
  all([known(order(field, value, from), (sign) => sign >= 0), known(order(field, value, to), (sign) => sign <= 0)])

type Matches = (text: string, part: string) => boolean
const finds = (value: Scalar, operand: unknown, matches: Matches): Truth =>
  any(
    list(operand).map((part) =>
      value === null ? null : matches(String(value).toLowerCase(), String(part).toLowerCase()),
    ),
  )
const includes: Matches = (text, part) => text.includes(part)
const starts: Matches = (text, part) => text.startsWith(part)
const ends: Matches = (text, part) => text.endsWith(part)

type Test = (value: Scalar, operand: unknown, field: string, context: DateContext) => Truth
const ordered =
  (is: (sign: number) => boolean): Test =>
  (value, operand, field) =>
    known(order(field, value, scalar(operand)), is)
const isEmpty = (value: Scalar, field: string): boolean =>
  value === null || (value === '' && ['title', 'word', 'state'].includes(field))

/** Every operator for one value; arrays have tests of their own. */
export const tests: Readonly<Record<string, Test>> = {
  $eq: (value, operand, field) => isEqual(field, value, scalar(operand)),
  $ne: (value, operand, field) => isEqual(field, value, scalar(operand)) !== true,
  $gt: ordered((sign) => sign > 0),
  $gte: ordered((sign) => sign >= 0),
  $lt: ordered((sign) => sign < 0),
  $lte: ordered((sign) => sign <= 0),
  $in: (value, operand, field) => isAmong(field, value, list(operand)),
  $notIn: (value, operand, field) => isAmong(field, value, list(operand)) !== true,
  $between: (value, operand, field) => isBetween(field, value, list(operand)),
  $notBetween: (value, operand, field) => not(isBetween(field, value, list(operand))),
  $empty: (value, _operand, field) => isEmpty(value, field),
  $notEmpty: (value, _operand, field) => !isEmpty(value, field),
  $exists: (value) => value !== null,
  $notExists: (value) => value === null,
  $isTruly: (value) => value === true,
  $isFalsy: (value) => value !== true,
  $includes: (value, operand) => finds(value, operand, includes),
  $notIncludes: (value, operand) => not(finds(value, operand, includes)),
  $startsWith: (value, operand) => finds(value, operand, starts),
  $notStartsWith: (value, operand) => not(finds(value, operand, starts)),
  $endWith: (value, operand) => finds(value, operand, ends),
  $notEndWith: (value, operand) => not(finds(value, operand, ends)),
  ...Object.fromEntries(
    dateOperators.map((name): [string, Test] => [
      name,
      (value, operand, field, context) => isDated(name, field, value, operand, context),
    ]),
  ),
}

const isObject = (value: unknown): value is Filter =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const branches = (value: unknown): readonly Filter[] => (Array.isArray(value) ? value.filter(isObject) : [])

function isFieldMatch(field: string, condition: unknown, value: Scalar, context: DateContext): Truth {
  if (Array.isArray(condition)) return isAmong(field, value, list(condition))
  if (!isObject(condition)) return isEqual(field, value, scalar(condition))
  return all(
    Object.entries(condition).map(([name, operand]) => {
      if (name === '$not') return not(isFieldMatch(field, operand, value, context))
      const test = tests[name]
      if (!test) throw new Error(`No such operator here: ${name}`)
      return test(value, operand, field, context)
    }),
  )
}

/** Is the row one that the filter means? */
export function isMatch(filter: Filter, row: FilterRow['values'], context: DateContext): Truth {
  return all(
    Object.entries(filter).map(([key, value]) => {
      if (key === '$and') return all(branches(value).map((branch) => isMatch(branch, row, context)))
      if (key === '$or') return any(branches(value).map((branch) => isMatch(branch, row, context)))
      if (key === '$not') return isObject(value) ? not(isMatch(value, row, context)) : null
      return isFieldMatch(key, value, row[key] ?? null, context)
    }),
  )
}
