// Making and dropping databases is not the application's business, so this does not go through core: a driver is enough,
// and it is there at once, which matters where jest reads its configuration.
import pg from 'pg'

/** Runs one statement after another on one connection, none of them in a transaction. */
export type Run = (text: string, values?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** Milliseconds. */
const connectTimeout = 3000

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${encodeURIComponent(database)}`
  return other.href
}

/** A connection of a test's own. */
export interface OpenConnection {
  readonly run: Run
  close(): Promise<void>
}

/**
 * Opens a connection to a database past the application: as the user of its `DATABASE_URL`, and with nothing of what the
 * application narrows itself by.
 *
 * @example
 * const sql = await connect(app.database.url)
 * expect(await sql.run('SELECT count(*) FROM notes')).toEqual([{ count: '1' }])
 * await sql.close()
 */
export async function connect(url: string): Promise<OpenConnection> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeout })
  // A connection that breaks while it is idle must not end the process; a statement in flight fails by itself.
  client.on('error', () => undefined)
  await client.connect()
  return {
    run: async (text, values = []) => (await client.query<Readonly<Record<string, unknown>>>(text, [...values])).rows,
    close: () => client.end(),
  }
}

/** Opens a connection to a server for as long as `work` runs. */
export async function administer<T>(url: string, work: (run: Run) => Promise<T>): Promise<T> {
  const connection = await connect(url)
  try {
    return await work(connection.run)
  } finally {
    await connection.close()
  }
}

/** Makes a database, as a copy of `template` where there is one. */
export async function makeDatabase(run: Run, name: string, template = 'template0'): Promise<void> {
  await run(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(template)}`)
}

/** Drops a database, also under those who are still connected to it: a test that failed may have left some. */
export async function dropDatabase(run: Run, name: string): Promise<void> {
  await run(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`)
}

export async function renameDatabase(run: Run, from: string, to: string): Promise<void> {
  await run(`ALTER DATABASE ${pg.escapeIdentifier(from)} RENAME TO ${pg.escapeIdentifier(to)}`)
}

export async function databasesNamed(run: Run, prefix: string): Promise<string[]> {
  const rows = await run('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [prefix])
  return rows.map((row) => String(row['datname']))
}
