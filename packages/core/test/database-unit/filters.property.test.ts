import { afterAll, beforeAll, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { operators } from '../../src/database/filter/operators.js'
import { createTestApp, fakeClock, propertyRequests, type TestApp } from '@postern/testkit'
import { arbitraryContext, arbitraryFilter, arbitraryRow } from './filter-arbitraries.js'
import { fieldTypes, isMatch, tests, type FilterRow } from './filter-model.js'
import { patience } from '../property-patience.js'

const rowCount = 60
const seed = Number(process.env['FILTER_SEED'] ?? Date.now() % 2 ** 31)

const clock = fakeClock()
let app: TestApp
let rows: FilterRow[]

beforeAll(async () => {
  app = await createTestApp({ clock })
  await app.collection('samples', fieldTypes)
  await app.grant('anonymous', 'samples', ['list'])
  const made = fc.sample(arbitraryRow, { numRuns: rowCount, seed })
  const created = await app.as('root').call('samples', 'create', made)
  rows = created.map(({ id }: { id: number }, index: number) => ({ id, values: made[index] }))
})
afterAll(() => app?.close())

it('knows the meaning of every operator but those of arrays', () => {
  const scalar = [...operators.values()].filter(({ groups }) => groups?.includes('array') !== true)
  expect(Object.keys(tests).sort()).toEqual(scalar.map(({ name }) => name).sort())
})

it(
  `lists exactly the rows that a filter means (FILTER_SEED=${seed})`,
  async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryFilter, arbitraryContext, async (filter, context) => {
        clock.set(context.now)
        const { body, status, text } = await app.request('POST', '/api/samples:list', {
          body: { filter, fields: ['id'], pageSize: 1000 },
          headers: { 'X-Timezone': context.zone },
        })
        expect([status, text]).toEqual([200, text])
        const expected = rows.filter(({ values }) => isMatch(filter, values, context) === true).map(({ id }) => id)
        expect(body.data.map(({ id }: { id: number }) => id)).toEqual(expected)
      }),
      { seed, numRuns: propertyRequests() },
    )
  },
  patience,
)
