// What lists cost on 1,000,000 rows, by the plans of PostgreSQL and the rows that it reads: no times.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import type { Statement } from '../../src/database/sql.js'

const rowCount = 1_000_000
const onPostgresql = Reflect.get(globalThis, 'testkitServer') === 'postgresql'
/** Milliseconds for making the rows. */
const patience = 300_000

let app: TestApp

const make = async (): Promise<void> => {
  app = await createTestApp({ settings: { LIMIT_STATEMENT_MS: String(patience) } })
  await app.collection('events', {
    state: { type: 'string', required: true, index: true },
    code: { type: 'string', index: true },
    at: { type: 'datetime', required: true, index: true },
    amount: { type: 'decimal', index: true },
    slug: { type: 'string', required: true, unique: true },
    plain: 'integer',
  })
  const { db } = app.application
  // Five states; a code for a tenth of the rows; amounts with nulls; instants with ties.
  await db.sql`
    INSERT INTO events ("createdAt", "updatedAt", state, code, at, amount, slug, plain)
    SELECT now(), now(), 's' || n % 5, CASE WHEN n % 10 = 0 THEN 'c' || n % 1000 END,
      timestamptz '2024-01-01' + (n / 2) * interval '1 second',
      CASE WHEN n % 3 <> 0 THEN (n::bigint * 7919 % 1000003)::numeric / 100 END, 'slug' || n, n % 7
    FROM generate_series(1, ${rowCount}::int) AS n`
  await db.sql`ANALYZE events`
}

interface Plan {
  readonly 'Node Type': string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Plan[]
}

const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]
const isScan = (plan: Plan): boolean => plan['Node Type'].endsWith('Scan') && plan['Node Type'] !== 'Subquery Scan'
const readBy = (plan: Plan): number =>
  (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']

interface Cost {
  /** Rows read from the table or its indexes. */
  readonly read: number
  readonly scans: readonly string[]
}

async function costOf({ text, values }: Statement): Promise<Cost> {
  const { connection } = app.application
  const { rows } = await connection.run({ text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values })
  const [{ Plan: plan }] = Object(rows[0]?.['QUERY PLAN'])
  const scans = nodes(plan).filter(isScan)
  const read = scans.reduce((sum, scan) => sum + readBy(scan), 0)
  return { read, scans: scans.map((scan) => scan['Node Type']) }
}

/** The statements that a call really sends, save the one that counts. */
async function statementsOf(action: string, params: Readonly<Record<string, unknown>>) {
  const run = jest.spyOn(app.application.connection, 'run')
  const { body } = await app.application.call('events', action, { params })
  const sent = run.mock.calls.map(([statement]) => statement).filter(({ text }) => !text.includes('count(*)'))
  run.mockRestore()
  return { sent, answer: Object(body) }
}

/** Of a table of a million. */
const few = 250
/** Downwards, rows that have the same value are put in the order of their key: a thousand have each code. */
const mostIn = (sort: string): number => (sort === '-code' ? 1000 + few : few)

/** An index gives them, and hardly more are read than are shown. */
async function expectFewRows(action: string, params: Readonly<Record<string, unknown>>, most = few) {
  const { sent, answer } = await statementsOf(action, params)
  expect(sent).toHaveLength(1)
  for (const statement of sent) {
    const { read, scans } = await costOf(statement)
    expect({ text: statement.text, scans }).toEqual({
      text: statement.text,
      scans: scans.map(() =>
        expect.stringMatching(/^(?:Index Scan|Index Only Scan|Bitmap Index Scan|Bitmap Heap Scan)$/),
      ),
    })
    expect(scans.length).toBeGreaterThan(0)
    expect({ text: statement.text, read: read <= most ? 'few' : read }).toEqual({ text: statement.text, read: 'few' })
  }
  return answer
}

const measured = onPostgresql ? describe : describe.skip
if (!onPostgresql) process.stderr.write('NOT MEASURED: 1,000,000 rows are made on a real PostgreSQL only\n')

measured('on 1,000,000 rows', () => {
  beforeAll(make, patience)
  afterAll(() => app?.close())

  it.each([{ filterByTk: '777777' }, { filter: { id: 777_777 } }, { filter: { slug: 'slug777777' } }])(
    'get %j',
    (params) => expectFewRows('get', params),
  )

  const orders = [
    'id',
    '-id',
    'at',
    '-at',
    'state',
    '-state,-id',
    'code',
    '-code',
    '-code,-id',
    'amount',
    '-amount',
    'slug',
    '-slug',
  ]

  describe.each(['true', 'false'])('the first page, count=%s', (count) => {
    it.each(orders)('in the order %s', (sort) => expectFewRows('list', { sort, count }, mostIn(sort)))
  })

  it.each<[object, string]>([
    [{ state: 's3' }, 'id'],
    [{ state: 's3' }, 'state'],
    [{ code: 'c500' }, '-code'],
    [{ at: { $dateOn: '2024-01-03' } }, 'at'],
    [{ at: { $gte: '2024-01-05T00:00:00Z' } }, '-at'],
    [{ amount: '79.19' }, 'amount'],
    [{ slug: { $in: ['slug1', 'slug500000'] } }, 'slug'],
    [{ id: { $in: [1, 500_000, 1_000_000] } }, 'id'],
  ])('filtered by %j, in the order %s', (filter, sort) => expectFewRows('list', { filter, sort, count: 'false' }))

  describe('a page behind a cursor', () => {
    /** A cursor from somewhere deep: the page that it ends is reached by the filter of its first answer. */
    const cursorAt = async (sort: string, filter: object): Promise<string> => {
      const { answer } = await statementsOf('list', { sort, filter, count: 'false', pageSize: '5' })
      return String(answer.meta.nextCursor)
    }

    it.each<[string, object]>([
      ['id', { id: { $gte: 900_000 } }],
      ['-id', { id: { $lte: 100_000 } }],
      ['at', { id: { $gte: 900_001 } }],
      ['-at', { id: { $lte: 100_001 } }],
      ['state', { id: { $gte: 900_000 }, state: 's3' }],
      ['-state,-id', { id: { $lte: 100_000 }, state: 's3' }],
      ['-code,-id', { id: { $lte: 100_000 }, code: 'c500' }],
      ['code', { id: { $gte: 900_000 }, code: 'c500' }],
      ['code', { id: { $gte: 900_000 }, code: null }],
      ['-code', { id: { $gte: 900_000 }, code: 'c500' }],
      ['-code', { id: { $gte: 900_000 }, code: null }],
      ['amount', { amount: { $gte: '9000' } }],
      ['-amount', { amount: { $lte: '100' } }],
      ['-amount', { id: { $gte: 900_000 }, amount: null }],
      ['slug', { slug: { $gte: 'slug8' } }],
      ['-slug', { slug: { $lte: 'slug2' } }],
    ])('in the order %s, from %j on', async (sort, filter) => {
      const after = await cursorAt(sort, filter)
      const answer = await expectFewRows('list', { sort, after }, mostIn(sort))
      expect(answer.data).toHaveLength(20)
    })

    it('and a filter', async () => {
      const after = await cursorAt('id', { id: { $gte: 900_000 } })
      await expectFewRows('list', { after, filter: { state: 's3' } })
    })
  })
})
