import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import pg from 'pg'
import { Connection } from '../../src/database/connection.js'
import type { Transaction } from '../../src/database/executor.js'
import type { Sight } from '../../src/database/sight.js'

let app: TestApp
/** With one connection in its pool, so that the next statement runs where the one before has failed. */
let connection: Connection
let other: pg.Client

beforeAll(async () => {
  app = await createTestApp()
  const { config, log } = app.application
  const { host = '', port = 0, user = '', database = '', password } = app.application.connection.clientConfig
  const settings = { host, port, user, database, password: String(password) }
  connection = new Connection({ settings, poolSize: 1, quickSize: 1, statementTimeout: config.LIMIT_STATEMENT_MS, log })
  other = new pg.Client(settings)
  other.on('error', () => undefined)
  await other.connect()
})
afterAll(async () => {
  await connection?.close()
  await other?.end()
  await app?.close()
})
beforeEach(() => connection.run({ text: 'SELECT 1', values: [] }))

const text = (statement: string) => ({ text: statement, values: [] })
const cancel = async ({ run }: Transaction, statement: string): Promise<void> => {
  const { rows } = await run(text('SELECT pg_backend_pid() AS pid'))
  const failing = run(text(statement))
  for (let done = false; !done;) {
    const answer = await other.query<{ done: boolean }>(
      `SELECT pg_cancel_backend(pid) AS done FROM pg_stat_activity WHERE pid = $1 AND state = 'active'`,
      [rows[0]?.['pid']],
    )
    done = answer.rows[0]?.done === true
  }
  await failing
}

/** What fails, and what the transaction was to see. */
const failures: readonly (readonly [string, (transaction: Transaction) => Promise<unknown>, Sight?])[] = [
  ['between BEGIN and the first statement', async () => undefined, [{ name: 'no setting', value: '1' }]],
  ['in a statement', ({ run }) => run(text('SELECT 1 / 0'))],
  ['in a statement, and nobody says so', ({ run }) => run(text('SELECT 1 / 0')).catch(() => undefined)],
  ['in a statement that is cancelled', (transaction) => cancel(transaction, 'SELECT pg_sleep(10)')],
  [
    'in a check that waits for the end',
    async ({ run }) => {
      await run(text('CREATE TEMPORARY TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP'))
      await run(text('INSERT INTO late VALUES (1), (1)'))
    },
  ],
  ['in a transaction of its own', ({ run }) => run(text('COMMIT; BEGIN; SELECT 1 / 0'))],
]

it.each(failures)(
  'what fails %s leaves a connection that works, outside of any transaction',
  async (_, work, ...[sight]) => {
    await expect(connection.transaction(work, sight)).rejects.toThrow()
    for (const _turn of [1, 2]) {
      const { rows } = await connection.run(
        text('SELECT pg_backend_pid() AS pid, now() = statement_timestamp() AS "own"'),
      )
      expect(rows[0]).toMatchObject({ own: true })
    }
    const { rows } = await connection.transaction(({ run }) => run(text('SELECT 1 AS one')))
    expect(rows).toEqual([{ one: 1 }])
  },
)

it('a statement that leaves a transaction open takes its connection along', async () => {
  await connection.run(text('BEGIN'))
  const { rows } = await connection.run(text('SELECT now() = statement_timestamp() AS "own"'))
  expect(rows[0]).toEqual({ own: true })
})
