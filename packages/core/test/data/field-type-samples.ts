/** What a type is tested with. */
export interface TypeSample {
  /** Options without which the type cannot be defined. */
  readonly needs?: object
  /** Two different values that come out as they went in. */
  readonly good: readonly [unknown, unknown]
  /** What goes in, and what comes out. */
  readonly normalised?: readonly (readonly [unknown, unknown])[]
  /** Of a wrong type or form, for a field without any option. */
  readonly wrong: readonly unknown[]
  /** Options, a value within them, and one beyond. */
  readonly limits?: readonly (readonly [options: object, within: unknown, beyond: unknown])[]
  /** Made by the server when absent. */
  readonly fills?: RegExp
  /** General options that the type does not have. */
  readonly without?: readonly string[]
}

const numbers: readonly unknown[] = ['1', 'abc', '', true, [], {}, [1]]
const bounds: TypeSample['limits'] = [
  [{ minimum: 2 }, 2, 1],
  [{ maximum: 3 }, 3, 4],
  [{ minimum: -1, maximum: 1 }, 0, -2],
]
const lengths: TypeSample['limits'] = [
  [{ minLength: 2 }, 'ab', 'a'],
  [{ maxLength: 2 }, '😀😀', 'abc'],
  [{ pattern: '^[a-z]+$' }, 'abc', 'a1'],
]

export const samples: Readonly<Record<string, TypeSample>> = {
  string: {
    good: ['a', 'b'],
    wrong: [1, true, {}, ['a'], 'a\0', '\ud800', 'x'.repeat(256)],
    limits: [...lengths, [{ enum: ['a', 'b'] }, 'a', 'c']],
  },
  text: { good: ['a'.repeat(5000), 'b'], wrong: [1, false, {}, [], 'a\0'], limits: lengths },
  integer: { good: [1, -2], wrong: [...numbers, 1.5, 2_147_483_648, -2_147_483_649], limits: bounds },
  bigInt: {
    good: [9007199254740991, '9223372036854775807'],
    normalised: [['5', 5]],
    wrong: ['abc', '', true, [], 1.5, '1.5', '9223372036854775808', 1e300],
    limits: bounds,
  },
  float: { good: [0.1, -1e300], wrong: numbers, limits: bounds },
  double: { good: [0.1 + 0.2, 5e-324], wrong: numbers, limits: bounds },
  decimal: {
    good: ['0.10', '12345678901234567890.123456789'],
    normalised: [
      [1.5, '1.5'],
      ['+1', '1'],
    ],
    wrong: ['abc', '', '1e5', true, [], {}, '1,5'],
    limits: [
      [{ minimum: 2 }, '2', '1.99'],
      [{ maximum: 3 }, '3', '3.01'],
      [{ precision: 4, scale: 2 }, '12.34', '123.4'],
      [{ precision: 4, scale: 2 }, '0.10', '0.123'],
    ],
  },
  boolean: { good: [true, false], wrong: ['true', 1, 0, 'yes', [], {}] },
  datetime: {
    good: ['2025-03-03T09:57:36.728Z', '1969-12-31T23:59:59.999Z'],
    normalised: [
      ['2025-03-03T10:57:36.728+01:00', '2025-03-03T09:57:36.728Z'],
      ['2025-03-03', '2025-03-03T00:00:00.000Z'],
      ['2025-03-03T09:57:36.728999Z', '2025-03-03T09:57:36.728Z'],
    ],
    wrong: ['2025-02-30T00:00:00Z', 'now', 1, true, [], '', '2025-03-03T25:00:00Z'],
  },
  datetimeNoTz: {
    good: ['2025-03-03 09:57:36', '2024-03-31 02:30:00'],
    normalised: [
      ['2025-03-03T09:57', '2025-03-03 09:57:00'],
      ['2025-03-03 09:57:36.999999', '2025-03-03 09:57:36'],
    ],
    wrong: ['2025-02-30 00:00:00', '2025-03-03T09:57:36Z', 1, '', []],
  },
  dateOnly: { good: ['2024-02-29', '0001-01-01'], wrong: ['2023-02-29', '24-1-1', 20240101, 'today', '', {}] },
  time: {
    good: ['00:00:00', '23:59:59'],
    normalised: [
      ['09:57', '09:57:00'],
      ['09:57:36.9', '09:57:36'],
    ],
    wrong: ['24:00:00', '1', 12, '', 'now'],
  },
  uuid: {
    good: ['123e4567-e89b-12d3-a456-426614174000', '00000000-0000-0000-0000-000000000000'],
    normalised: [['123E4567-E89B-12D3-A456-426614174000', '123e4567-e89b-12d3-a456-426614174000']],
    wrong: ['x', '', 5, {}, '123e4567e89b12d3a45642661417400'],
    fills: /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
  },
  nanoid: { good: ['V1StGXR8_Z5jdHi6B-myT', 'b'], wrong: [5, {}, 'x'.repeat(65)], fills: /^[\w-]{21}$/ },
  json: { good: [{ b: [1, 'x', null, { a: {} }] }, 'text'], wrong: ['a\0', { 'a\0': 1 }] },
  array: { good: [[2, 1, 2, null, 'x', [1]], []], wrong: ['a', {}, 1, true, ['a\0']] },
  enum: { needs: { enum: ['a', 'b'] }, good: ['a', 'b'], wrong: ['c', '', 1, ['a'], {}] },
  sort: {
    good: [5, -3],
    wrong: ['1', 1.5, true, [], 2 ** 53],
    fills: /^\d+$/,
    without: ['unique', 'index', 'default'],
  },
  radio: { good: [true, false], wrong: ['true', 1, [], {}], without: ['unique', 'index'] },
}
