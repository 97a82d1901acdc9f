// A database of the run's own on a real PostgreSQL, or, where none answers, on the embedded one.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageOfCore } from './built.mjs'

const pg = packageOfCore('pg')
/** How many todos there are while anything is measured. */
export const rows = 10_000

const usual = 'postgresql://root@127.0.0.1:5432/postgres'

async function connect(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

async function findServer() {
  const url = process.env.DATABASE_URL ?? usual
  try {
    return { client: await connect(url), url, kind: 'real', release: async () => undefined }
  } catch (error) {
    if (process.env.DATABASE_URL !== undefined) throw new Error(`DATABASE_URL does not answer: ${error.message}`)
    console.error(`bench: no PostgreSQL answers on 127.0.0.1:5432 to root (${error.message}): using the embedded one`)
  }
  const { openEmbedded } = await import('@postern/core')
  const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'))
  const server = await openEmbedded({ directory: join(folder, 'postgres') })
  const release = async () => {
    await server.release()
    await rm(folder, { recursive: true, force: true })
  }
  return { client: await connect(server.url), url: server.url, kind: 'embedded', release }
}

/** Makes an empty database → `{ url, kind, version, client, close }`; `close` drops it. */
export async function openDatabase() {
  const { client: admin, url: serverUrl, kind, release } = await findServer()
  const name = `postern_bench_${randomBytes(4).toString('hex')}`
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const client = await connect(url.href)
  const { server_version: version } = (await admin.query('SHOW server_version')).rows[0]
  const close = async () => {
    await client.end()
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
    await admin.end()
    await release()
  }
  return { url: url.href, kind, version, client, close }
}

/** Fills the table that Postern made. Nothing cleans it up by itself: that would happen in somebody's slice. */
export async function fillTodos(client, userId) {
  await client.query('ALTER TABLE todos SET (autovacuum_enabled = false)')
  await client.query(
    `INSERT INTO todos (title, completed, "createdAt", "updatedAt", "createdById", "updatedById")
     SELECT 'todo ' || n, n % 3 = 0, now(), now(), $1, $1 FROM generate_series(1, $2) AS n`,
    [userId, rows],
  )
  await client.query('VACUUM (ANALYZE) todos')
}

/** Takes out what was created, and the room that it took. */
export async function trimTodos(client) {
  await client.query(`DELETE FROM todos WHERE id > ${rows}`)
  await client.query('VACUUM todos')
}

/** The last statements of Postern's connections, so that a run can tell whether the bare servers run the same. */
export async function lastStatementsOfPostern(client) {
  const { rows: found } = await client.query(
    `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'postern'`,
  )
  return found.map(({ query }) => query)
}
