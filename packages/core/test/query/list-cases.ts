/** The rows of a field: `low` is less than `middle` is less than `high`, in every collation; `none` has null. */
type Filled = 'low' | 'middle' | 'high'
export type Row = Filled | 'none'
export type Values = Readonly<Record<Filled, unknown>>
type Case = readonly [operand: unknown, rows: readonly Row[]]
export type Cases = Readonly<Record<string, readonly Case[]>>
export const filled: readonly Filled[] = ['low', 'middle', 'high']

export const presence: Cases = {
  $empty: [[true, ['none']]],
  $notEmpty: [[true, filled]],
  $exists: [[true, filled]],
  $notExists: [[true, ['none']]],
}
const [red, green, nested] = ['red', 'green', { a: [1] }]
export const arrayValues: Values = { low: [], middle: [red, 2, red], high: [green, { ...nested, b: null }] }
export const arrays: Cases = {
  ...presence,
  $empty: [[true, ['low', 'none']]],
  $notEmpty: [[true, ['middle', 'high']]],
  $eq: [
    [[red, 2, red], ['middle']],
    [[red, red, 2], []],
    [null, ['none']],
  ],
  $ne: [
    [
      [red, 2, red],
      ['low', 'high', 'none'],
    ],
    [null, filled],
  ],
  $match: [
    [[2, red], ['middle']],
    [[], ['low']],
    [[red], []],
    [[{ b: null, a: [1] }, green], ['high']],
    [[nested, green], []],
  ],
  $notMatch: [
    [
      [2, red],
      ['low', 'high'],
    ],
    [
      [{ b: null, a: [1] }, green],
      ['low', 'middle'],
    ],
  ],
  $anyOf: [
    [[2, 'blue'], ['middle']],
    [
      [red, green],
      ['middle', 'high'],
    ],
    [['2'], []],
    [[nested], []],
    [[{ a: [1], b: null }, 'x'], ['high']],
    [[], []],
  ],
  $noneOf: [
    [
      [2, 'blue'],
      ['low', 'high', 'none'],
    ],
    [[nested], [...filled, 'none']],
    [[], [...filled, 'none']],
  ],
  $arrayEmpty: [[true, ['low']]],
  $arrayNotEmpty: [[true, ['middle', 'high']]],
}
export const jsonValues: Values = { low: 'text', middle: { b: [1, 'x'], a: null }, high: [1, 1.5] }
export const json: Cases = {
  ...presence,
  $eq: [
    [{ a: null, b: [1, 'x'] }, ['middle']],
    [{ b: [1, 'x'] }, []],
    ['text', ['low']],
    [[1, 1.5], ['high']],
    [null, ['none']],
  ],
  $ne: [
    [{ a: null, b: [1, 'x'] }, ['low', 'high', 'none']],
    [null, filled],
  ],
}
export const booleanValues: Values = { low: false, middle: true, high: true }
export const booleans: Cases = {
  ...presence,
  $eq: [
    [true, ['middle', 'high']],
    [false, ['low']],
    [null, ['none']],
  ],
  $ne: [
    [true, ['low', 'none']],
    [null, filled],
  ],
  $in: [
    [
      [true, null],
      ['middle', 'high', 'none'],
    ],
    [[], []],
  ],
  $notIn: [
    [[true], ['low', 'none']],
    [[], [...filled, 'none']],
  ],
  $isTruly: [[true, ['middle', 'high']]],
  $isFalsy: [[true, ['low', 'none']]],
}

/** Like a boolean, of which one at most is true. */
export const radioValues: Values = { low: false, middle: true, high: false }
export const radios: Cases = {
  ...presence,
  $eq: [
    [true, ['middle']],
    [false, ['low', 'high']],
    [null, ['none']],
  ],
  $ne: [
    [true, ['low', 'high', 'none']],
    [null, filled],
  ],
  $in: [
    [
      [true, null],
      ['middle', 'none'],
    ],
    [[], []],
  ],
  $notIn: [
    [[true], ['low', 'high', 'none']],
    [[], [...filled, 'none']],
  ],
  $isTruly: [[true, ['middle']]],
  $isFalsy: [[true, ['low', 'high', 'none']]],
}
