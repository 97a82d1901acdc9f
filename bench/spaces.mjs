// What a space costs: a list with a space token beside the same list with an API key, in the same server; the same among
// 10,000 spaces and 1,000,000 rows.
import { fileURLToPath } from 'node:url'
import { makeKey, makeSpaceToken, secrets } from './account.mjs'
import { requireBuild } from './built.mjs'
import { answerOf, pinning, start, withCleanup } from './processes.mjs'
import { machine, median, printTable, round, writeResult } from './result.mjs'

const connections = 32
const rounds = Number(process.argv[2] ?? 31)
/** Milliseconds. Short, so that whatever else the machine does hits both alike. */
const slice = { warmUp: 0, duration: 200 }
const manySpaces = 10_000
const rowsInSpace = 100
/** Of the list with an API key. */
const target = 0.75

const moduleAt = (path) => fileURLToPath(new URL(path, import.meta.url))

/** Requests a second with a space token and with a key, and how they compare: medians, of the ratios too. */
async function compare(load, port, { key, token }) {
  const requests = {
    key: { method: 'GET', path: '/api/todos:list', headers: { Authorization: `Bearer ${key}` } },
    token: { method: 'GET', path: '/api/spacedTodos:list', headers: { 'x-undb-api-token': token } },
  }
  const measure = async (name) => {
    const answer = answerOf(load)
    const request = { ...requests[name], ids: rowsInSpace }
    load.send({ server: 'postern', cell: 'listInSpace', port, connections, ...slice, request, expected: 200 })
    return (await answer).rate
  }
  const rates = { key: [], token: [] }
  for (let number = 0; number < rounds; number++) {
    // Who begins changes from round to round.
    for (const name of number % 2 === 0 ? ['key', 'token'] : ['token', 'key']) rates[name].push(await measure(name))
  }
  const ratio = round(median(rates.token.map((rate, number) => rate / rates.key[number])), 3)
  return { key: round(median(rates.key)), token: round(median(rates.token)), ratio }
}

/** As many rows for the key as there are in the space, so that both count and send the same. */
async function fill(client, userId, space) {
  const values = `'todo ' || n, n % 3 = 0, now(), now(), $1::bigint, $1::bigint`
  const columns = `title, completed, "createdAt", "updatedAt", "createdById", "updatedById"`
  const rows = `FROM generate_series(1, ${rowsInSpace}) AS n`
  await client.query(`INSERT INTO todos (${columns}) SELECT ${values} ${rows}`, [userId])
  await client.query(`SET postern.part_spaced = '*'`)
  await client.query(`INSERT INTO "spacedTodos" (${columns}, "spaceId") SELECT ${values}, $2::bigint ${rows}`, [
    userId,
    space,
  ])
  await client.query('ANALYZE todos, "spacedTodos"')
}

/** Row after row for all spaces, as rows come that many callers write at once. */
async function fillSpaces(client) {
  await client.query(
    `INSERT INTO spaces (name, "createdAt", "updatedAt") SELECT 'space ' || n, now(), now() FROM generate_series(2, $1::int) AS n`,
    [manySpaces],
  )
  await client.query(
    `INSERT INTO "spacedTodos" (title, completed, "createdAt", "updatedAt", "spaceId")
     SELECT 'todo ' || n, n % 3 = 0, now(), now(), spaces.id
     FROM generate_series(1, ${rowsInSpace}) AS n, spaces WHERE spaces.id > 1 ORDER BY n, spaces.id`,
  )
  await client.query('VACUUM (ANALYZE) "spacedTodos"')
}

function report({ few, many }) {
  const header = ['list', 'space token/s', 'API key/s', 'ratio', 'target']
  const line = (name, { key, token, ratio }) => [name, token, key, ratio.toFixed(3), `≥ ${target}`]
  printTable(header, [line('1 space', few), line(`${manySpaces} spaces, ${manySpaces * rowsInSpace} rows`, many)])
  const missed = [few, many].filter(({ ratio }) => ratio < target)
  if (missed.length === 0) return
  console.log(`Below the target: list with a space token`)
  process.exitCode = 1
}

async function main() {
  requireBuild()
  const { openDatabase } = await import('./database.mjs')
  const database = await openDatabase()
  await withCleanup(async () => {
    const env = { DATABASE_URL: database.url, BENCH_PLUGINS: 'api-keys,space-tokens', ...secrets }
    const { port } = await answerOf(start(moduleAt('servers/postern.mjs'), { role: 'server', env }))
    const base = `http://127.0.0.1:${port}`
    const { userId, key, own } = await makeKey(base)
    const { space, token } = await makeSpaceToken(base, own)
    await fill(database.client, userId, space)
    const load = start(moduleAt('load.mjs'), { role: 'load' })
    await compare(load, port, { key, token })
    const few = await compare(load, port, { key, token })
    await fillSpaces(database.client)
    const many = await compare(load, port, { key, token })
    report({ few, many })
    writeResult({ spaces: { machine: machine(database, pinning.note), date: new Date().toISOString(), few, many } })
  }, database.close)
}

main().catch((error) => {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
})
