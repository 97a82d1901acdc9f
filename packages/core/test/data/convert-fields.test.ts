import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'

let app: TestApp
let root: string
let made = 0

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
})
afterAll(() => app?.close())

interface Column {
  readonly change: (options: object, force?: boolean) => Promise<TestResponse>
  readonly values: () => Promise<unknown[]>
}

/** A collection with one field and these values in it. */
async function column(options: object, values: readonly unknown[]): Promise<Column> {
  const name = `column${++made}`
  await post(app, 'collections:create', root, { name, fields: [{ name: 'v', ...options }] })
  expect(
    outcome(
      await post(
        app,
        `${name}:create`,
        root,
        values.map((v) => ({ v })),
      ),
    ),
  ).toBe('200')
  return {
    change: (changes, force = false) => post(app, `collections/${name}/fields:update/v?force=${force}`, root, changes),
    values: async () => {
      const { body } = await get(app, `${name}:list?fields=v`, root)
      return body.data.map((row: { v: unknown }) => row.v)
    },
  }
}

describe('a change that loses nothing needs no force', () => {
  it.each([
    [{ type: 'integer' }, [1, null, -5], { type: 'bigInt' }, [1, null, -5]],
    [{ type: 'integer' }, [1, 2], { type: 'string' }, ['1', '2']],
    [{ type: 'integer' }, [1, 2], { type: 'decimal', precision: 6, scale: 2 }, ['1.00', '2.00']],
    [{ type: 'integer' }, [5], { type: 'json' }, [5]],
    [{ type: 'bigInt' }, [1, 2], { type: 'integer' }, [1, 2]],
    [{ type: 'double' }, [1, 2], { type: 'integer' }, [1, 2]],
    [{ type: 'string' }, ['5', '-6'], { type: 'integer' }, [5, -6]],
    [{ type: 'string' }, ['ab', 'abc'], { maxLength: 3 }, ['ab', 'abc']],
    [{ type: 'string' }, ['😀😀😀'], { maxLength: 3 }, ['😀😀😀']],
    [{ type: 'string' }, ['a', 'b'], { type: 'enum', enum: ['a', 'b', 'c'] }, ['a', 'b']],
    [{ type: 'string' }, ['x', '{"a":1}'], { type: 'json' }, ['x', '{"a":1}']],
    [{ type: 'string' }, ['2025-03-03'], { type: 'dateOnly' }, ['2025-03-03']],
    [{ type: 'string' }, ['2025-03-03T09:57:36.728Z'], { type: 'datetime' }, ['2025-03-03T09:57:36.728Z']],
    [{ type: 'dateOnly' }, ['2025-03-03'], { type: 'datetime' }, ['2025-03-03T00:00:00.000Z']],
    [{ type: 'datetime' }, ['2025-03-03T09:57:36.728Z'], { type: 'string' }, ['2025-03-03T09:57:36.728Z']],
    [{ type: 'datetime' }, ['2025-03-03T00:00:00.000Z'], { type: 'dateOnly' }, ['2025-03-03']],
    [{ type: 'boolean' }, [true, false], { type: 'string' }, ['true', 'false']],
    [{ type: 'array' }, [[1, 1]], { type: 'json' }, [[1, 1]]],
    [{ type: 'json' }, [[1], [2]], { type: 'array' }, [[1], [2]]],
    [{ type: 'enum', enum: ['a', 'b'] }, ['a'], { enum: ['a'] }, ['a']],
    [{ type: 'integer', unique: true }, [1, 2], { type: 'text' }, ['1', '2']],
    [{ type: 'string', maxLength: 9, pattern: '.' }, ['1'], { type: 'integer' }, [1]],
  ])('%j with %j → %j', async (before, values, change, after) => {
    const { change: changeTo, values: valuesNow } = await column(before, values)
    expect(outcome(await changeTo(change))).toBe('200')
    expect(await valuesNow()).toEqual(after)
  })
})

describe('409 with the number of records that a change would cost, unless it is forced', () => {
  it.each([
    [{ type: 'string' }, ['x', 'longer', null, 'long'], { maxLength: 3 }, 2, ['x', 'lon', null, 'lon']],
    [{ type: 'string' }, ['5', 'x', '007', '1.5'], { type: 'integer' }, 3, [5, null, 7, null]],
    [
      { type: 'string' },
      ['2025-03-03T00:00:00.000Z', 'now', 'infinity', '2024-02-30'],
      { type: 'datetime' },
      3,
      ['2025-03-03T00:00:00.000Z', null, null, null],
    ],
    [{ type: 'string' }, ['NaN', 'Infinity', '1.5'], { type: 'decimal' }, 2, [null, null, '1.5']],
    [{ type: 'string' }, ['NaN', '-Infinity', '1.5'], { type: 'double' }, 2, [null, null, 1.5]],
    [{ type: 'string' }, ['24:00:00', '10:00:00'], { type: 'time' }, 1, [null, '10:00:00']],
    [{ type: 'string' }, ['x'], { type: 'uuid' }, 1, [null]],
    [{ type: 'string' }, ['a', 'b', 'A'], { type: 'enum', enum: ['a', "b'\\$$"] }, 2, ['a', null, null]],
    [{ type: 'integer' }, [1, 200_000], { type: 'decimal', precision: 6, scale: 2 }, 1, ['1.00', null]],
    [{ type: 'bigInt' }, [1, '9223372036854775807'], { type: 'integer' }, 1, [1, null]],
    [{ type: 'bigInt' }, ['9007199254740993'], { type: 'double' }, 1, [9007199254740992]],
    [{ type: 'bigInt' }, [123_456], { type: 'string', maxLength: 3 }, 1, ['123']],
    [{ type: 'double' }, [1.5, 2], { type: 'integer' }, 1, [null, 2]],
    [
      { type: 'datetime' },
      ['2025-03-03T00:00:00Z', '2025-03-03T09:00:00Z'],
      { type: 'dateOnly' },
      1,
      ['2025-03-03', '2025-03-03'],
    ],
    [{ type: 'json' }, [[1], { a: 1 }, 'x'], { type: 'array' }, 2, [[1], null, null]],
    [{ type: 'enum', enum: ['a', 'b'] }, ['a', 'b', 'b'], { enum: ['a', 'c'] }, 2, ['a', null, null]],
  ])('%j with %j → %j: %d', async (before, values, change, rows, after) => {
    const { change: changeTo, values: valuesNow } = await column(before, values)
    const stored = await valuesNow()
    const answer = await changeTo(change)
    expectRefusal(answer, '409 CONFLICT')
    expect(answer.text).toMatch(new RegExp(`\\b${rows} record`))
    expect(await valuesNow()).toEqual(stored)
    expect(outcome(await changeTo(change, true))).toBe('200')
    expect(await valuesNow()).toEqual(after)
  })

  it('forced or not, when required records would be left without a value', async () => {
    const { change, values } = await column({ type: 'string', required: true }, ['5', 'x'])
    expectRefusal(await change({ type: 'integer' }, true), '409 CONFLICT')
    expect(await values()).toEqual(['5', 'x'])
    const gaps = await column({ type: 'string' }, ['5', null])
    const answer = await gaps.change({ required: true }, true)
    expectRefusal(answer, '409 CONFLICT', 'required')
    expect(answer.text).toContain('1 record ')
    expect(outcome(await gaps.change({ title: 'x' }))).toBe('200')
  })

  it('when values are to be unique and are not', async () => {
    const { change, values } = await column({ type: 'string' }, ['a', 'a'])
    expectRefusal(await change({ unique: true }, true), '409 CONFLICT')
    expect(await values()).toEqual(['a', 'a'])
  })
})

describe('400 for a change that is none, with the place of the fault', () => {
  it.each([
    [{ name: 'w' }, 'READONLY_FIELD', 'name'],
    [{ nothing: 1 }, 'UNKNOWN_FIELD', 'nothing'],
    [{ type: 'nothing' }, 'INVALID_VALUE', 'type'],
    [{ type: null }, 'INVALID_VALUE', 'type'],
    [{ maxLength: 'x' }, 'INVALID_VALUE', 'maxLength'],
    [{ type: 'integer', maxLength: 5 }, 'INVALID_VALUE', 'maxLength'],
    [{ default: 5 }, 'INVALID_VALUE', 'default'],
    [{ pattern: '[' }, 'INVALID_VALUE', 'pattern'],
  ])('%j', async (change, code, path) => {
    const { change: changeTo, values } = await column({ type: 'string' }, ['a'])
    expectRefusal(await changeTo(change, true), `400 ${code}`, path)
    expect(await values()).toEqual(['a'])
  })

  it('a value too long for the index of its field is one of them', async () => {
    const name = `column${++made}`
    await post(app, 'collections:create', root, { name, fields: [{ name: 'v', type: 'text', unique: true }] })
    const v = Array.from({ length: 9000 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000))).join('')
    expectRefusal(await post(app, `${name}:create`, root, { v }), '400 INVALID_VALUE')
  })
})
