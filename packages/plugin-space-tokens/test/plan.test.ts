import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Application } from '@postern/core'
import type { OpenConnection, TestApp } from '@postern/testkit'
import { openEye, takeOutFirstWall } from './first-wall.js'
import { ask, createSpaceApp, data, defineSpaced, makeSpace, makeToken, type Caller } from './space-app.js'

type Statement = Parameters<Application['connection']['run']>[0]

const spaces = 10_000
/** Pages of 8 kB that one statement may read: a handful of index levels, and the rows of one space. */
const fewPages = 160

let app: TestApp
let eye: OpenConnection
let caller: Caller
let space: number
/** A million on the real server. */
let perSpace: number

beforeAll(async () => {
  app = await createSpaceApp()
  perSpace = app.database.server === 'postgresql' ? 100 : 10
  const ann = await app.user('ann')
  await defineSpaced(app, 'tasks', [
    { name: 'title', type: 'string', unique: true },
    { name: 'n', type: 'integer', index: true },
  ])
  space = await makeSpace(app, ann, 'A')
  caller = await makeToken(app, ann, space)
  eye = await openEye(app)
  await eye.run(`INSERT INTO spaces ("createdAt", "updatedAt", name)
    SELECT now(), now(), 'space ' || n FROM generate_series(2, ${spaces}) AS n`)
  // Spread over the table, as rows are that come one after another.
  await eye.run(`INSERT INTO tasks ("createdAt", "updatedAt", "spaceId", title, n)
    SELECT now(), now(), spaces.id, 'title ' || row, row FROM generate_series(1, ${perSpace}) AS row, spaces ORDER BY row, spaces.id`)
  await eye.run('VACUUM (ANALYZE) tasks')
}, 300_000)
afterAll(async () => {
  await eye?.close()
  await app?.close()
})

/** The statements that a request makes. */
async function statementsOf(method: string, path: string, body?: unknown): Promise<readonly Statement[]> {
  const { connection } = app.application
  const run = connection.run.bind(connection)
  const made: Statement[] = []
  connection.run = (statement) => {
    if (statement.text.includes('"tasks"')) made.push(statement)
    return run(statement)
  }
  try {
    await data(ask(app, caller, method, `/api/${path}`, body))
  } finally {
    connection.run = run
  }
  return made
}

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly Plan[]
}

async function planOf({ text, values, sight = [] }: Statement): Promise<Plan> {
  const explained = { text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values, sight }
  const { rows } = await app.application.connection.run(explained)
  const [{ Plan: plan }] = JSON.parse(JSON.stringify(rows[0]?.['QUERY PLAN']))
  return plan
}

const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

async function expectWithinSpace(statement: Statement): Promise<void> {
  const plan = await planOf(statement)
  const scans = nodesOf(plan).filter((node) => node['Relation Name'] === 'tasks' || node['Index Name'] !== undefined)
  const conditions = scans.flatMap((node) => node['Index Cond'] ?? [])
  expect([statement.text, scans.some((node) => node['Node Type'] === 'Seq Scan')]).toEqual([statement.text, false])
  expect([statement.text, conditions.join()]).toEqual([statement.text, expect.stringMatching(/"spaceId" = |\(?id = /)])
  const pages = plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
  expect([statement.text, pages < fewPages]).toEqual([statement.text, true])
}

const requests: readonly [string, string, unknown?][] = [
  ['GET', 'tasks:list'],
  ['GET', 'tasks:list?page=3&pageSize=3'],
  ['GET', 'tasks:list?sort=-title'],
  ['GET', 'tasks:list?sort=-n&count=false'],
  ['GET', 'tasks:list?filter[title]=title%203'],
  ['GET', 'tasks:list?filter[title][$includes]=7'],
  ['GET', 'tasks:list?filter[n][$gt]=5'],
  ['GET', 'tasks:list?paginate=false'],
  ['POST', 'tasks:query', { measures: [{ field: 'id', aggregation: 'count', alias: 'count' }] }],
]

it('among 10,000 spaces every statement goes by the index that begins with the space', async () => {
  for (const request of requests) {
    const statements = await statementsOf(...request)
    expect(statements.length).toBeGreaterThan(0)
    for (const statement of statements) await expectWithinSpace(statement)
  }
})

it('one record by its key', async () => {
  const [row] = await eye.run('SELECT id FROM tasks WHERE "spaceId" = $1 LIMIT 1', [space])
  for (const statement of await statementsOf('GET', `tasks:get/${String(row?.['id'])}`))
    await expectWithinSpace(statement)
})

it('the second wall alone sees the same rows', async () => {
  const restore = takeOutFirstWall(app)
  try {
    const { body } = await ask(app, caller, 'GET', '/api/tasks:list?pageSize=200')
    expect(body.meta.count).toBe(perSpace)
  } finally {
    restore()
  }
})
