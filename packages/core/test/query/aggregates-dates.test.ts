import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestApp } from '@postern/testkit'
import { post } from '../calls.js'
import { ordersApp } from './orders-app.js'

let app: TestApp
let root: string

beforeAll(async () => {
  ;({ app, root } = await ordersApp())
})
afterAll(() => app?.close())

interface Group {
  readonly at: string | null
  readonly n: number
}

async function groups(field: string, format: string, zone?: string): Promise<[string | null, number][]> {
  const query = {
    measures: [{ aggregation: 'count', alias: 'n' }],
    dimensions: [{ field, format, alias: 'at' }],
    filter: { [field]: { $exists: true } },
  }
  const { body } = await post(app, 'orders:query', root, query, zone === undefined ? {} : { 'X-Timezone': zone })
  return body.data.map(({ at, n }: Group) => [at, n])
}

describe('a date as dimension', () => {
  it.each<[string, [string, number][]]>([
    ['YYYY', [['2025', 4]]],
    [
      'YYYY-MM',
      [
        ['2025-03', 3],
        ['2025-12', 1],
      ],
    ],
    [
      'YYYY-MM-DD',
      [
        ['2025-03-29', 1],
        ['2025-03-30', 2],
        ['2025-12-31', 1],
      ],
    ],
    [
      'YYYY/MM/DD HH:mm',
      [
        ['2025/03/29 23:30', 1],
        ['2025/03/30 00:30', 1],
        ['2025/03/30 01:30', 1],
        ['2025/12/31 23:30', 1],
      ],
    ],
    [
      'YYYY-MM-DD hh:mm:ss',
      [
        ['2025-03-29 23:30:00', 1],
        ['2025-03-30 00:30:00', 1],
        ['2025-03-30 01:30:00', 1],
        ['2025-12-31 23:30:00', 1],
      ],
    ],
    [
      'YYYY-MM-DDTHH',
      [
        ['2025-03-29T23', 1],
        ['2025-03-30T00', 1],
        ['2025-03-30T01', 1],
        ['2025-12-31T23', 1],
      ],
    ],
    [
      'YYYY-[Q]Q',
      [
        ['2025-Q1', 3],
        ['2025-Q4', 1],
      ],
    ],
    [
      'YYYY[Q]Q',
      [
        ['2025Q1', 3],
        ['2025Q4', 1],
      ],
    ],
    [
      'GGGG-[W]WW',
      [
        ['2025-W13', 3],
        ['2026-W01', 1],
      ],
    ],
    [
      'YYYY-[W]WW',
      [
        ['2025-W13', 3],
        ['2026-W01', 1],
      ],
    ],
    [
      'E',
      [
        ['3', 1],
        ['6', 1],
        ['7', 2],
      ],
    ],
    [
      'MM',
      [
        ['03', 3],
        ['12', 1],
      ],
    ],
    ['[Year ]YYYY', [['Year 2025', 4]]],
  ])('%s, in UTC', async (format, expected) => expect(await groups('at', format)).toEqual(expected))

  it('is read on the clocks of the caller', async () => {
    const berlin = 'Europe/Berlin'
    expect(await groups('at', 'YYYY', berlin)).toEqual([
      ['2025', 3],
      ['2026', 1],
    ])
    expect(await groups('at', 'YYYY-MM-DD', berlin)).toEqual([
      ['2025-03-30', 3],
      ['2026-01-01', 1],
    ])
    // The clocks jump from two to three.
    expect(await groups('at', 'HH:mm', berlin)).toEqual([
      ['00:30', 2],
      ['01:30', 1],
      ['03:30', 1],
    ])
    expect(await groups('at', 'YYYY-MM-DD', 'America/New_York')).toEqual([
      ['2025-03-29', 3],
      ['2025-12-31', 1],
    ])
    expect(await groups('at', 'HH:mm', '+05:30')).toEqual([
      ['05:00', 2],
      ['06:00', 1],
      ['07:00', 1],
    ])
    expect(await groups('at', 'HH:mm', '-03:30')).toEqual([
      ['20:00', 2],
      ['21:00', 1],
      ['22:00', 1],
    ])
    expect(await groups('at', 'HH:mm', 'Asia/Kathmandu')).toEqual([
      ['05:15', 2],
      ['06:15', 1],
      ['07:15', 1],
    ])
  })

  it('is the same hour twice where the clocks go back', async () => {
    await app.collection('nights', { at: 'datetime' })
    const at = ['2025-10-26T00:15:00Z', '2025-10-26T01:15:00Z', '2025-10-26T02:15:00Z'].map((text) => ({ at: text }))
    await post(app, 'nights:create', root, at)
    const query = { measures: [{ aggregation: 'count' }], dimensions: [{ field: 'at', format: 'HH' }] }
    const { body } = await post(app, 'nights:query', root, query, { 'X-Timezone': 'Europe/Berlin' })
    expect(body.data).toEqual([
      { at: '02', count: 2 },
      { at: '03', count: 1 },
    ])
  })

  it('without a zone of its own is read as it is', async () => {
    expect(await groups('local', 'YYYY-MM-DD HH', 'Asia/Tokyo')).toEqual([
      ['2025-03-29 23', 1],
      ['2025-03-30 00', 1],
      ['2025-03-30 01', 1],
      ['2025-12-31 23', 1],
    ])
    expect(await groups('day', 'YYYY-MM-DD', 'Asia/Tokyo')).toEqual([
      ['2025-03-29', 1],
      ['2025-03-30', 2],
      ['2025-12-31', 1],
    ])
  })

  it('without a format is the instant', async () => {
    const { body } = await post(
      app,
      'orders:query',
      root,
      { dimensions: [{ field: 'at' }], limit: 1 },
      { 'X-Timezone': 'Asia/Tokyo' },
    )
    expect(body.data).toEqual([{ at: '2025-03-29T23:30:00.000Z' }])
  })

  it('is found by having, and ordered by', async () => {
    const query = {
      measures: [{ aggregation: 'count', alias: 'n' }],
      dimensions: [{ field: 'at', format: 'YYYY-MM', alias: 'month' }],
      having: { month: { $startsWith: '2025' } },
      orders: [{ field: 'at', order: 'desc' }],
    }
    expect((await post(app, 'orders:query', root, query)).body.data).toEqual([
      { month: '2025-12', n: 1 },
      { month: '2025-03', n: 3 },
    ])
  })

  it('has no groups of rows without one but null', async () => {
    const query = { measures: [{ aggregation: 'count' }], dimensions: [{ field: 'at', format: 'YYYY' }] }
    expect((await post(app, 'orders:query', root, query)).body.data).toContainEqual({ at: null, count: 1 })
  })
})
