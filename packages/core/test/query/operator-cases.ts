import { fieldKinds } from '../../src/schema/f.js'
import {
  arrays,
  arrayValues,
  booleans,
  booleanValues,
  filled,
  json,
  jsonValues,
  presence,
  radios,
  radioValues,
  type Cases,
  type Values,
} from './list-cases.js'

interface Sample {
  readonly definition: string | object
  readonly values: Values
}

const ordered: Readonly<Record<string, Sample>> = {
  string: { definition: 'string', values: { low: 'apple 50%', middle: 'banana', high: 'cherry_' } },
  text: { definition: 'text', values: { low: 'apple 50%', middle: 'banana', high: 'cherry_' } },
  nanoid: { definition: 'nanoid', values: { low: 'apple 50%', middle: 'banana', high: 'cherry_' } },
  enum: {
    definition: { type: 'enum', enum: ['apple 50%', 'banana', 'cherry_'] },
    values: { low: 'apple 50%', middle: 'banana', high: 'cherry_' },
  },
  integer: { definition: 'integer', values: { low: -2_147_483_648, middle: 0, high: 2_147_483_647 } },
  bigInt: { definition: 'bigInt', values: { low: -1, middle: 9_007_199_254_740_991, high: '9007199254740993' } },
  float: { definition: 'float', values: { low: -1.5, middle: 0.1, high: 1e300 } },
  double: { definition: 'double', values: { low: -1.5, middle: 0.30000000000000004, high: 1e300 } },
  decimal: {
    definition: { type: 'decimal', precision: 30, scale: 10 },
    values: { low: '-0.0000000001', middle: '0.1000000000', high: '12345678901234567890.1234567890' },
  },
  datetime: {
    definition: 'datetime',
    values: { low: '2026-03-28T23:59:59.999Z', middle: '2026-03-29T01:00:00.000Z', high: '2026-03-29T22:00:00.000Z' },
  },
  datetimeNoTz: {
    definition: 'datetimeNoTz',
    values: { low: '2026-03-28 23:59:59', middle: '2026-03-29 01:00:00', high: '2026-03-29 22:00:00' },
  },
  dateOnly: { definition: 'dateOnly', values: { low: '2026-03-28', middle: '2026-03-29', high: '2026-03-30' } },
  time: { definition: 'time', values: { low: '00:00:00', middle: '12:30:00', high: '23:59:59' } },
  uuid: {
    definition: 'uuid',
    values: {
      low: '00000000-0000-0000-0000-000000000001',
      middle: '123e4567-e89b-12d3-a456-426614174000',
      high: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    },
  },
}

const equality = ({ low, middle }: Values): Cases => ({
  $eq: [
    [middle, ['middle']],
    [null, ['none']],
  ],
  $ne: [
    [middle, ['low', 'high', 'none']],
    [null, filled],
  ],
  $in: [
    [
      [low, middle],
      ['low', 'middle'],
    ],
    [
      [middle, null],
      ['middle', 'none'],
    ],
    [[], []],
  ],
  $notIn: [
    [
      [low, middle],
      ['high', 'none'],
    ],
    [
      [middle, null],
      ['low', 'high'],
    ],
    [[], [...filled, 'none']],
  ],
})
const order = ({ low, middle, high }: Values): Cases => ({
  $gt: [[middle, ['high']]],
  $gte: [[middle, ['middle', 'high']]],
  $lt: [[middle, ['low']]],
  $lte: [[middle, ['low', 'middle']]],
  $between: [
    [
      [low, middle],
      ['low', 'middle'],
    ],
    [[high, low], []],
  ],
  $notBetween: [
    [[low, middle], ['high']],
    [[high, low], filled],
  ],
})
const texts: Cases = {
  $includes: [
    ['AN', ['middle']],
    [
      ['50%', '_'],
      ['low', 'high'],
    ],
    [[], []],
  ],
  $notIncludes: [
    ['AN', ['low', 'high']],
    [['50%', '_'], ['middle']],
    [[], [...filled, 'none']],
  ],
  $startsWith: [
    ['b', ['middle']],
    [
      ['CHERRY', 'x', 'appl'],
      ['low', 'high'],
    ],
  ],
  $notStartsWith: [
    ['b', ['low', 'high']],
    [['CHERRY', 'appl'], ['middle']],
  ],
  $endWith: [
    ['_', ['high']],
    ['%', ['low']],
    [
      ['NA', '0%'],
      ['low', 'middle'],
    ],
  ],
  $notEndWith: [
    ['_', ['low', 'middle']],
    [['NA', '0%'], ['high']],
  ],
}
const dates: Cases = {
  $dateOn: [['2026-03-29', ['middle', 'high']]],
  $dateNotOn: [['2026-03-29', ['low']]],
  $dateBefore: [['2026-03-29', ['low']]],
  $dateNotBefore: [['2026-03-29', ['middle', 'high']]],
  $dateAfter: [['2026-03-28', ['middle', 'high']]],
  $dateNotAfter: [['2026-03-28', ['low']]],
  $dateBetween: [
    [
      ['2026-03-28', '2026-03-29'],
      ['low', 'middle', 'high'],
    ],
  ],
}
/** The same where each of the three is a day of its own. */
const days: Cases = {
  $dateOn: [['2026-03-29', ['middle']]],
  $dateNotOn: [['2026-03-29', ['low', 'high']]],
  $dateBefore: [['2026-03-29', ['low']]],
  $dateNotBefore: [['2026-03-29', ['middle', 'high']]],
  $dateAfter: [['2026-03-29', ['high']]],
  $dateNotAfter: [['2026-03-29', ['low', 'middle']]],
  $dateBetween: [
    [
      ['2026-03-28', '2026-03-29'],
      ['low', 'middle'],
    ],
  ],
}

function casesOf(kind: string, values: Values): Cases {
  const group = fieldKinds.get(kind)?.operators
  const common = { ...equality(values), ...presence, ...order(values) }
  if (group === 'text') return { ...common, ...texts }
  return kind === 'time' || group !== 'date' ? common : { ...common, ...(kind === 'dateOnly' ? days : dates) }
}

/** Each kind of field with the values of its rows, and what every operator finds. */
export const samples: readonly (readonly [kind: string, definition: string | object, values: Values, cases: Cases])[] =
  [
    ...Object.entries(ordered).map(
      ([kind, { definition, values }]) => [kind, definition, values, casesOf(kind, values)] as const,
    ),
    ['boolean', 'boolean', booleanValues, booleans],
    ['radio', 'radio', radioValues, radios],
    ['array', 'array', arrayValues, arrays],
    ['json', 'json', jsonValues, json],
  ]
