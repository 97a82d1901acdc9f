import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { post } from '../calls.js'
import { expectRefusal, expectServing, samplesApp } from './asking.js'

let app: TestApp
let id: number

beforeAll(async () => {
  app = await samplesApp()
  id = (await post(app, 'samples:create', undefined, { title: 'there' })).body.data.id
})
afterAll(() => app?.close())
afterEach(() => expectServing(app))

const noDates = [
  '2024-02-30',
  '2023-02-29',
  '2024-13-01',
  '2024-00-10',
  '9999999-01-01',
  'infinity',
  '-infinity',
  "now'",
  'now',
  'today',
  'epoch',
  '',
  '0000-00-00',
  '24-1-1',
  '01/02/2024',
  '2024-1-1',
  20240101,
  true,
  {},
  [],
  ['2024-01-01'],
  '2024-01-01 BC',
  '2024-01-01\0',
  '+002024-01-01',
]
const noNumbers = ['NaN', 'Infinity', 'abc', '', ' ', true, {}, [], [1], '0x10', '1'.repeat(400)]

const refused: Readonly<Record<string, readonly unknown[]>> = {
  day: noDates,
  at: [
    ...noDates,
    '2024-01-01T25:00:00Z',
    '2024-02-30T00:00:00Z',
    '2024-01-01T00:00:00+99:00',
    '2024-01-01T00:60:00Z',
    '9999999-01-01T00:00:00Z',
  ],
  local: [...noDates, '2024-02-30 00:00:00', '2024-01-01 25:00:00', '2024-01-01 00:00:61'],
  clock: ['25:00:00', '12:60:00', '12:00:61', 'allballs', 'now', '', '1', 12, true, {}, "12:00'"],
  n: [...noNumbers, '1', 1.5, 2_147_483_648, -2_147_483_649, 1e300],
  f: noNumbers,
  d: noNumbers,
  big: [...noNumbers, '9223372036854775808', '-9223372036854775809', 1.5, '1.0', '1e3', '１', '1_000', ' 1'],
  dec: [
    ...noNumbers.filter((value) => value !== '1'.repeat(400)),
    '1'.repeat(400),
    '1e400',
    '1e5',
    '1_000',
    ' 1',
    '1,5',
    '--1',
    '.',
  ],
  amount: ['123456789.00', '1.234', '-123456789'],
  yes: ['true', 1, 0, 'yes', '', {}, []],
  title: ['a\0b', '\0', '\ud800', 'a\udc00b', 'x'.repeat(256), '😀'.repeat(256), 5, true, {}, [], ['a']],
  body: ['a\0b', '\udfff', 5, {}, []],
  u: [
    'x',
    '',
    5,
    '123e4567-e89b-12d3-a456-42661417400',
    '123e4567-e89b-12d3-a456-4266141740000',
    "123e4567-e89b-12d3-a456-426614174000'",
  ],
  kind: ['c', '', 'A', 'constructor', 1, ['a']],
  list: ['a', {}, 1, true, ['a\0'], [{ 'a\0': 1 }], ['\ud800']],
  j: ['a\0', '\ud800', { 'a\0': 1 }, { a: ['\0'] }, ['\udc00']],
}

describe('400 INVALID_VALUE', () => {
  for (const [field, values] of Object.entries(refused)) {
    it.each(values)(`for ${field}: %j`, async (value) => {
      expectRefusal(await post(app, 'samples:create', undefined, { [field]: value }), '400 INVALID_VALUE', field)
      expectRefusal(await post(app, `samples:update/${id}`, undefined, { [field]: value }), '400 INVALID_VALUE', field)
    })
  }

  it.each([
    '{"f":1e400}',
    '{"d":-1e400}',
    `{"f":${'1'.repeat(400)}}`,
    `{"n":${'9'.repeat(400)}}`,
    `{"big":${'9'.repeat(400)}}`,
    '{"n":1e99}',
    '{"big":9223372036854775808}',
    `{"dec":${'9'.repeat(400)}}`,
    '{"dec":1e400}',
    '{"j":1e400}',
    '{"list":[1e400]}',
  ])('for numbers beyond all types: %s', async (raw) => {
    const answer = await app.request('POST', '/api/samples:create', {
      raw,
      headers: { 'Content-Type': 'application/json' },
    })
    expectRefusal(answer, '400 INVALID_VALUE')
  })

  it('one entry for each fault', async () => {
    const { body } = await post(app, 'samples:create', undefined, {
      n: 'x',
      day: 'y',
      nothing: 1,
      id: 7,
      createdAt: '2024-01-01',
    })
    const told = body.errors.map(({ code, path }: { code: string; path: string }) => `${code} ${path}`).toSorted()
    expect(told).toEqual([
      'INVALID_VALUE day',
      'INVALID_VALUE n',
      'READONLY_FIELD createdAt',
      'READONLY_FIELD id',
      'UNKNOWN_FIELD nothing',
    ])
  })

  it.each(['id', 'createdAt', 'updatedAt', 'createdById', 'updatedById'])('READONLY_FIELD for %s', async (name) => {
    expectRefusal(await post(app, 'samples:create', undefined, { [name]: 1 }), '400 READONLY_FIELD', name)
    expectRefusal(await post(app, `samples:update/${id}`, undefined, { [name]: null }), '400 READONLY_FIELD', name)
  })

  it.each(['constructor', 'toString', 'hasOwnProperty', 'then', 'toJSON', 'values'])(
    'UNKNOWN_FIELD for %s',
    async (name) =>
      expectRefusal(await post(app, 'samples:create', undefined, { [name]: 1 }), '400 UNKNOWN_FIELD', name),
  )
})
