import fc, { type Arbitrary } from 'fast-check'
import { fieldTypes, tests, type FieldName, type Filter } from './filter-model.js'
import type { Scalar } from './truth.js'

const texts = (characters: readonly string[], maxLength: number): Arbitrary<string> =>
  fc.array(fc.constantFrom(...characters), { maxLength }).map((list) => list.join(''))

const twoDigits = (most: number): Arbitrary<string> => fc.nat(most).map((number) => String(number).padStart(2, '0'))
const hour = fc.tuple(twoDigits(23), twoDigits(59), twoDigits(59)).map((parts) => parts.join(':'))
const between = (from: string, to: string): Arbitrary<Date> =>
  fc.date({ min: new Date(`${from}T00:00:00Z`), max: new Date(`${to}T00:00:00Z`), noInvalidDate: true })
/** Around a 29th of February, a midnight that is jumped over in Havana, and one that comes twice there. */
const near = fc.oneof(
  between('2024-02-27', '2024-03-02'),
  between('2024-03-09', '2024-03-12'),
  between('2024-11-02', '2024-11-05'),
)
const far = fc.date({
  min: new Date('0001-01-02T00:00:00Z'),
  max: new Date('9999-12-30T00:00:00Z'),
  noInvalidDate: true,
})
const instant = fc.oneof(near, far).map((date) => date.toISOString())
const day = instant.map((text) => text.slice(0, 10))

/** Few values each, so that rows and operands often meet; and the ends of what the kind holds. */
const values: Readonly<Record<FieldName, Arbitrary<Exclude<Scalar, null>>>> = {
  title: texts(['a', 'A', 'b', 'é', '😀', '%', '_', '\\', "'", '"', '{', '}', ',', ' '], 4),
  word: texts(['a', 'b', 'c'], 3),
  count: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(-2_147_483_648, 2_147_483_647)),
  big: fc.oneof(
    fc.integer({ min: -2, max: 2 }),
    fc.constantFrom<string | number>(2 ** 53 - 1, '9007199254740992', '9007199254740993', '-9223372036854775808'),
  ),
  ratio: fc.oneof(
    fc.constantFrom(0, 0.1, 0.2, 0.30000000000000004, -1.5, 1e300),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  ),
  price: fc
    .tuple(fc.integer({ min: -3, max: 3 }), fc.constantFrom('', '.5', '.50', '.125', '.999'))
    .map(([whole, rest]) => `${whole}${rest}`),
  done: fc.boolean(),
  at: instant,
  local: fc.tuple(day, hour).map((parts) => parts.join(' ')),
  day,
  hour,
  guid: fc.constantFrom(
    '00000000-0000-0000-0000-000000000000',
    '123E4567-e89b-12d3-a456-426614174000',
    '123e4567-e89b-12d3-a456-426614174001',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ),
  state: fc.constantFrom('a', 'B', '_'),
}
const names = Object.keys(values).filter((name): name is FieldName => name in fieldTypes)
const orNull = (field: FieldName): Arbitrary<Scalar> => fc.option(values[field], { freq: 5 })

export const arbitraryRow: Arbitrary<Record<FieldName, Scalar>> = fc.record(
  Object.fromEntries(names.map((name) => [name, orNull(name)])) as Record<FieldName, Arbitrary<Scalar>>,
)

const label = fc.oneof(
  fc.constantFrom('2024', '2024Q1', '2023Q4', '2024W09', '2024W45', '2024-02', '2024-11', '0001', '9999'),
  fc.constantFrom('2024-02-29', '2024-03-01', '2024-03-10', '2024-11-03', '2024-11-04'),
  day,
)
const relative = fc.oneof(
  fc.constantFrom('today', 'yesterday', 'tomorrow', 'thisWeek', 'lastMonth', 'nextQuarter', 'thisYear').map((type) => ({
    type,
  })),
  fc.record({
    type: fc.constantFrom('past', 'next'),
    number: fc.integer({ min: 1, max: 3 }),
    unit: fc.constantFrom('day', 'week', 'month', 'quarter', 'year'),
  }),
)
const date = fc.oneof(
  label,
  label,
  relative,
  near.map((instant) => instant.toISOString()),
)
const dates = fc.oneof({ weight: 3, arbitrary: date }, { weight: 1, arbitrary: fc.tuple(date, date) })

/** Who asks, and when. */
export const arbitraryContext = fc.record({
  now: near.map((date) => date.toISOString()),
  zone: fc.constantFrom(
    ...[
      'UTC',
      'Asia/Kolkata',
      'America/Havana',
      'America/New_York',
      'Asia/Kathmandu',
      'Pacific/Kiritimati',
      'Pacific/Niue',
    ],
  ),
})

const flag = fc.constant(true)
const pieces = (field: FieldName): Arbitrary<unknown> => {
  const piece = field === 'title' ? texts(['a', 'B', 'é', '😀', '%', '_', '\\', ' '], 2) : values[field].map(String)
  return fc.oneof(piece, fc.array(piece, { minLength: 1, maxLength: 3 }))
}
const operand = (field: FieldName, operator: string): Arbitrary<unknown> => {
  if (/^\$(not)?(empty|exists|istruly|isfalsy)$/i.test(operator)) return flag
  if (/^\$(not)?(includes|startswith|endwith)$/i.test(operator)) return pieces(field)
  if (operator.startsWith('$date')) return dates
  if (/between$/i.test(operator)) return fc.tuple(values[field], values[field])
  if (/in$/i.test(operator)) return fc.array(orNull(field), { maxLength: 4 })
  return /^\$(eq|ne)$/.test(operator) ? orNull(field) : values[field]
}

const isText = (field: FieldName): boolean => field === 'title' || field === 'word' || field === 'state'
/** The order of texts is that of the database's collation: it is compared only where every collation agrees. */
const hasOrder = (field: FieldName): boolean => field !== 'title' && field !== 'state' && field !== 'done'

function applies(field: FieldName, operator: string): boolean {
  if (/(includes|startswith|endwith)$/i.test(operator)) return isText(field)
  if (/^\$is/.test(operator)) return field === 'done'
  if (operator.startsWith('$date')) return field === 'at' || field === 'local' || field === 'day'
  return /^\$(gte?|lte?)$|between$/i.test(operator) ? hasOrder(field) : true
}

const fieldCondition = (field: FieldName): Arbitrary<unknown> => {
  const operators = Object.keys(tests).filter((operator) => applies(field, operator))
  const one = fc
    .constantFrom(...operators)
    .chain((operator) => operand(field, operator).map((value) => ({ [operator]: value })))
  const some = fc.array(one, { minLength: 1, maxLength: 2 }).map((list): unknown => Object.assign({}, ...list))
  return fc.oneof(
    { weight: 4, arbitrary: some },
    { weight: 1, arbitrary: orNull(field) },
    { weight: 1, arbitrary: fc.array(orNull(field), { maxLength: 3 }) },
    { weight: 1, arbitrary: some.map((inner) => ({ $not: inner })) },
  )
}
const test: Arbitrary<Filter> = fc
  .constantFrom(...names)
  .chain((field) => fieldCondition(field).map((condition) => ({ [field]: condition })))

/** Filters over every kind with every operator, combined up to five levels deep. */
export const arbitraryFilter: Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => {
  const list = (minLength: number) => fc.array(tie('filter'), { minLength, maxLength: 3 })
  return {
    filter: fc.oneof(
      { maxDepth: 4 },
      test,
      fc.tuple(test, test).map(([a, b]): Filter => ({ ...a, ...b })),
      list(0).map((branches): Filter => ({ $and: branches })),
      list(1).map((branches): Filter => ({ $or: branches })),
      tie('filter').map((inner): Filter => ({ $not: inner })),
    ),
  }
}).filter
