import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { get, post } from '../calls.js'
import { expectServing, samplesApp } from './asking.js'

let app: TestApp
let id: number

beforeAll(async () => {
  app = await samplesApp()
  id = (await post(app, 'samples:create', undefined, { title: 'there' })).body.data.id
})
afterAll(() => app?.close())
afterEach(() => expectServing(app))

const kept: Readonly<Record<string, readonly unknown[]>> = {
  day: ['2024-02-29', '0001-01-01', '9999-12-31', '1900-03-01', null],
  at: [
    '2024-02-29T23:59:59.999Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00.000Z',
    null,
  ],
  local: ['2024-02-29 23:59:59', '0001-01-01 00:00:00', '9999-12-31 23:59:59', '2024-03-31 02:30:00', null],
  clock: ['00:00:00', '23:59:59', null],
  n: [0, 1, -1, 2_147_483_647, -2_147_483_648, null],
  big: [
    '9223372036854775807',
    '-9223372036854775808',
    9007199254740991,
    -9007199254740991,
    '9007199254740993',
    0,
    null,
  ],
  f: [0.1, 1e308, 5e-324, 1.7976931348623157e308, -2.5, 0.1 + 0.2, 123456789.12345678, null],
  d: [0.1, 1e308, 5e-324, 1.7976931348623157e308, -2.5, 0.1 + 0.2, null],
  dec: [
    '1234567890123456789012345678901234567890',
    '0.1234567890123456789012345678901234567890',
    '-99999999999999999999.99999999999999999999',
    '0',
    '1.50',
    null,
  ],
  amount: ['12345678.90', '-0.01', '0.00', null],
  yes: [true, false, null],
  title: [
    '',
    ' ',
    ' both ',
    "'; DROP TABLE samples; --",
    '%_\\',
    '👩‍👩‍👧‍👦',
    '😀'.repeat(255),
    'e\u0301',
    'é',
    '\u202Eright to left',
    '\u200B',
    '\uFEFF',
    '\uFFFF',
    '\r\n\t\u0001\u007f',
    '<script>alert(1)</script>',
    '{{$user.id}}',
    'null',
    'undefined',
    '\\u0000',
    '${x}',
    '$1',
    'x'.repeat(255),
    null,
  ],
  body: ['x'.repeat(1_000_000), '中文', null],
  u: [
    '123e4567-e89b-12d3-a456-426614174000',
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ],
  kind: ['a', 'b', null],
  list: [
    [],
    ['a', 'a', 'b', 'a'],
    [1, '1', true, null, null],
    [[1], [1], []],
    [{ a: 1 }, { a: 1 }],
    ['😀', "'", '"', '\\', ','],
    ['{}', 'NULL'],
    null,
  ],
  j: [
    {},
    [],
    'text',
    '',
    0,
    1.5,
    true,
    false,
    { a: [1, 2.5, 'x', null, true, { b: {} }] },
    { '': 0, ' ': 1, "'": 2, '"': 3, $eq: 4, '😀': 5 },
    { constructor: 1, toString: 2 },
    [[[[]]]],
    1e300,
    5e-324,
    9007199254740991,
    '\\u0000',
    { a: { b: { c: { d: 'deep' } } } },
  ],
}

describe('what can be stored is returned unchanged', () => {
  for (const [field, values] of Object.entries(kept)) {
    it(`${field}, from create, update, get and list`, async () => {
      for (const value of values) {
        const made = await post(app, 'samples:create', undefined, { [field]: value })
        expect([made.status, made.body.data?.[field] ?? null]).toEqual([200, value])
        const key = made.body.data.id
        expect((await get(app, `samples:get/${key}`)).body.data[field]).toEqual(value)
        expect((await get(app, `samples:list?filter[id]=${key}`)).body.data[0][field]).toEqual(value)
        expect((await post(app, `samples:update/${id}`, undefined, { [field]: value })).body.data[0][field]).toEqual(
          value,
        )
        await post(app, `samples:destroy/${key}`)
      }
    })

    if (field !== 'body') {
      it(`${field}, found by its own value`, async () => {
        for (const value of values) {
          const { id: key } = (await post(app, 'samples:create', undefined, { [field]: value })).body.data
          // A text that is wholly a variable is one, in a filter.
          const filter = {
            id: key,
            ...(value === '{{$user.id}}' ? {} : { [field]: field === 'j' ? { $eq: value } : value }),
          }
          const { status, body } = await post(app, 'samples:list', undefined, { filter })
          expect([value, status, body.meta?.count ?? body]).toEqual([value, 200, 1])
          await post(app, `samples:destroy/${key}`)
        }
      })
    }
  }

  it.each([
    ['at', '2024-01-01T01:00:00+01:00', '2024-01-01T00:00:00.000Z'],
    ['at', '2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000Z'],
    ['u', '123E4567-E89B-12D3-A456-426614174000', '123e4567-e89b-12d3-a456-426614174000'],
    ['big', '1', 1],
    ['dec', 1.5, '1.5'],
  ])('%s %j comes back in its one form', async (field, sent, stored) => {
    expect((await post(app, 'samples:create', undefined, { [field]: sent })).body.data[field]).toBe(stored)
  })

  it('digits that came as JSON numbers', async () => {
    const raw = '{"big":9223372036854775807,"dec":0.1234567890123456789012345678901234567890}'
    const { status, body } = await app.request('POST', '/api/samples:create', {
      raw,
      headers: { 'Content-Type': 'application/json' },
    })
    // Kept, or refused: never rounded.
    if (status === 200) {
      expect(body.data).toMatchObject({ big: '9223372036854775807', dec: '0.1234567890123456789012345678901234567890' })
    } else {
      expect(status).toBe(400)
    }
  })
})
