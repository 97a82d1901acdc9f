import { afterAll, beforeAll, expect, it } from '@jest/globals'
import fc, { type Arbitrary } from 'fast-check'
import { createTestApp, propertyRequests, type TestApp } from '@postern/testkit'
import { patience } from '../property-patience.js'

const seed = Number(process.env['KEYSET_SEED'] ?? Date.now() % 2 ** 31)
const rowCount = 40

type Scalar = string | number | boolean | null
interface Row {
  readonly id: number
  readonly [name: string]: Scalar
}

/** Few values of each kind, so that ties are many; indexed and not, with nulls and without. */
const fields: Readonly<Record<string, { definition: object; values: readonly Scalar[] }>> = {
  word: { definition: { type: 'string' }, values: ['', 'a', 'ab', 'b', null] },
  code: { definition: { type: 'string', index: true }, values: ['a', 'b', 'c', null] },
  rank: { definition: { type: 'integer', index: true, required: true }, values: [-1, 0, 1] },
  count: { definition: { type: 'integer', index: true }, values: [1, 2, null] },
  big: {
    definition: { type: 'bigInt' },
    values: [2, '9007199254740992', '9007199254740993', '-9223372036854775808', null],
  },
  ratio: { definition: { type: 'double', index: true }, values: [0.1, 0.30000000000000004, 0.3, -1e300, 5e-324, null] },
  price: {
    definition: { type: 'decimal' },
    values: ['1', '1.0000000000000000000000001', '-3', '1.0000000000000000000000002', null],
  },
  done: { definition: { type: 'boolean', index: true }, values: [true, false, null] },
  at: {
    definition: { type: 'datetime', index: true },
    values: ['2024-02-29T00:00:00.001Z', '2024-02-29T00:00:00.002Z', '0001-01-02T00:00:00.000Z', null],
  },
  local: { definition: { type: 'datetimeNoTz' }, values: ['2024-03-31 02:30:00', '2024-03-31 02:30:01', null] },
  day: { definition: { type: 'dateOnly', index: true }, values: ['2024-02-29', '9999-12-31', null] },
  hour: { definition: { type: 'time' }, values: ['00:00:00', '23:59:59', null] },
  guid: {
    definition: { type: 'uuid', index: true, required: true },
    values: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  },
}
const names = [...Object.keys(fields), 'id']

let app: TestApp

beforeAll(async () => {
  app = await createTestApp()
  await app.collection(
    'rows',
    Object.fromEntries(Object.entries(fields).map(([name, { definition }]) => [name, definition])),
  )
})
afterAll(() => app?.close())

const arbitraryRow: Arbitrary<Readonly<Record<string, Scalar>>> = fc.record(
  Object.fromEntries(Object.entries(fields).map(([name, { values }]) => [name, fc.constantFrom(...values)])),
)
const arbitrarySort = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .chain((keys) => fc.tuple(...keys.map((key) => fc.constantFrom(key, `-${key}`))))

function comparable(name: string, value: string | number | boolean): string | number | bigint | boolean {
  if (name === 'big') return BigInt(value)
  // All of them have at most 25 digits behind the point.
  if (name !== 'price') return value
  const [whole = '', fraction = ''] = String(value).split('.')
  return BigInt(whole + fraction.padEnd(25, '0'))
}

/** Nulls last in both directions; what is equal in all keys by its primary key. */
function order(sort: readonly string[], a: Row, b: Row): number {
  for (const key of [...sort, 'id']) {
    const name = key.replace('-', '')
    const [x, y] = [a[name] ?? null, b[name] ?? null]
    if (x === y) continue
    if (x === null || y === null) return x === null ? 1 : -1
    const sign = comparable(name, x) < comparable(name, y) ? -1 : 1
    return key.startsWith('-') ? -sign : sign
  }
  return 0
}

interface Page {
  readonly data: readonly Row[]
  readonly meta: { readonly nextCursor?: string; readonly hasNext: boolean }
}

async function page(params: Readonly<Record<string, unknown>>): Promise<Page> {
  return (await app.application.call('rows', 'list', { params })).body as Page
}

/** Follows the cursors from the first page, or the one that is said; `between` is called behind each. */
async function walk(sort: readonly string[], pageSizes: readonly number[], between?: (turn: number) => Promise<void>) {
  const all: Row[] = []
  let after: string | undefined
  for (let turn = 0; ; turn++) {
    const pageSize = pageSizes[turn % pageSizes.length]
    const { data, meta } = await page({
      sort: sort.join(','),
      pageSize,
      ...(after === undefined ? { count: 'false' } : { after }),
    })
    expect(meta.hasNext).toBe(meta.nextCursor !== undefined)
    all.push(...data)
    if (meta.nextCursor === undefined) return all
    expect(data).toHaveLength(pageSize ?? 0)
    after = meta.nextCursor
    await between?.(turn)
  }
}

const insert = async (values: readonly object[]): Promise<Row[]> => app.as('root').call('rows', 'create', values)
const destroy = (ids: readonly number[]): Promise<unknown> =>
  app.application.call('rows', 'destroy', { params: { filterByTk: ids.map(String) } })

/** One case is several requests: a list is walked page by page. */
const cases = (requestsInOne: number) => ({ seed, numRuns: Math.ceil(propertyRequests() / requestsInOne) })

const pageSizes = fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 3 })

it(
  `lists every row once, in order (KEYSET_SEED=${seed})`,
  async () => {
    const rows = await insert(fc.sample(arbitraryRow, { numRuns: rowCount, seed }))
    await fc.assert(
      fc.asyncProperty(arbitrarySort, pageSizes, async (sort, sizes) => {
        const expected = rows.toSorted((a, b) => order(sort, a, b)).map(({ id }) => id)
        expect((await walk(sort, sizes)).map(({ id }) => id)).toEqual(expected)
        const listed = await page({ sort: sort.join(','), paginate: 'false' })
        expect(listed.data.map(({ id }) => id)).toEqual(expected)
        const [size = 1] = sizes
        const counted = await page({ sort: sort.join(','), pageSize: size, page: 2 })
        expect(counted.data.map(({ id }) => id)).toEqual(expected.slice(size, 2 * size))
      }),
      cases(8),
    )
    await destroy(rows.map(({ id }) => id))
  },
  patience,
)

it(
  `neither leaves out nor repeats a row while others come and go (KEYSET_SEED=${seed})`,
  async () => {
    const rest = await insert(fc.sample(arbitraryRow, { numRuns: rowCount, seed: seed + 1 }))
    const lasting = rest.splice(0, rowCount / 2)
    const guests = fc.array(arbitraryRow, { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(arbitrarySort, pageSizes, guests, fc.nat(), async (sort, sizes, values, chance) => {
        const walked = await walk(sort, sizes, async (turn) => {
          // In the order of the key new rows are always behind: the end would never come.
          if (turn > 20) return
          rest.push(...(await insert(values)))
          const gone = rest.splice((chance + turn) % rest.length, values.length)
          if (gone.length > 0) await destroy(gone.map(({ id }) => id))
        })
        const isLasting = new Set(lasting.map(({ id }) => id))
        const expected = lasting.toSorted((a, b) => order(sort, a, b)).map(({ id }) => id)
        expect(walked.filter(({ id }) => isLasting.has(id)).map(({ id }) => id)).toEqual(expected)
        // Of those that came and went each was seen once at most, and in its place.
        expect(walked.map(({ id }) => id)).toEqual([...new Set(walked.map(({ id }) => id))])
        expect(walked).toEqual(walked.toSorted((a, b) => order(sort, a, b)))
      }),
      cases(30),
    )
  },
  patience,
)
