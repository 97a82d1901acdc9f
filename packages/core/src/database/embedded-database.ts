import pg from 'pg'
import { administrator, application } from './embedded-cluster.js'

/** Milliseconds that a running server has to answer. */
const patience = 5_000

export interface ServerAddress {
  readonly host: string
  readonly port: number
  /** Of both roles. */
  readonly password: string
}

async function withAdministrator(address: ServerAddress, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    ...address,
    user: administrator,
    database: 'postgres',
    // Said here so that PG… variables of the environment, meant for other servers, change nothing.
    ssl: false,
    connectionTimeoutMillis: patience,
  })
  // A connection that breaks while it is idle must not end the process; a query in flight fails by itself.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/**
 * Connects as the administrator, for whom PostgreSQL keeps connections back even when all others are taken, and makes
 * the role and the database of the application where they are missing. It returns only when the server works.
 */
export async function ensureDatabase(address: ServerAddress): Promise<void> {
  await withAdministrator(address, async (client) => {
    const found = await client.query<{ role: boolean; database: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role,
              EXISTS (SELECT FROM pg_database WHERE datname = $1) AS database`,
      [application],
    )
    const [row] = found.rows
    if (row?.role !== true) {
      const password = client.escapeLiteral(address.password)
      await client.query(`CREATE ROLE ${application} LOGIN CREATEDB PASSWORD ${password}`)
    }
    if (row?.database !== true) await client.query(`CREATE DATABASE ${application} OWNER ${application}`)
  })
}
