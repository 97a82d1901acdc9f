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

/** Opens a connection to a server for as long as `work` runs. */
export async function administer<T>(url: string, work: (run: Run) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeout })
  // A connection that breaks while it is idle must not end the process; a statement in flight fails by itself.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(async (text, values = []) => {
      const { rows } = await client.query<Readonly<Record<string, unknown>>>(text, [...values])
      return rows
    })
  } finally {
    await client.end()
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
