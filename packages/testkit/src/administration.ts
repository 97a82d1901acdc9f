import { Connection, silentLogger } from '@postern/core'
import { settingsOf } from './connection-url.js'

/** Runs one statement after another, none of them in a transaction, in which PostgreSQL makes and drops no database. */
export type Run = (text: string, values?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** Milliseconds. Copying a database takes long on a slow disk. */
const statementTimeout = 60_000

/** Opens a connection to a server for as long as `work` runs. */
export async function administer<T>(url: string, work: (run: Run, connection: Connection) => Promise<T>): Promise<T> {
  const settings = settingsOf(url)
  const connection = new Connection({ settings, poolSize: 2, quickSize: 1, statementTimeout, log: silentLogger })
  try {
    return await work(async (text, values = []) => (await connection.run({ text, values })).rows, connection)
  } finally {
    await connection.close()
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Makes a database, as a copy of `template` where there is one. */
export async function makeDatabase(run: Run, name: string, template = 'template0'): Promise<void> {
  await run(`CREATE DATABASE ${quoted(name)} TEMPLATE ${quoted(template)}`)
}

/** Drops a database, also under those who are still connected to it: a test that failed may have left some. */
export const dropDatabase = async (run: Run, name: string): Promise<void> => {
  await run(`DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`)
}

export const renameDatabase = async (run: Run, from: string, to: string): Promise<void> => {
  await run(`ALTER DATABASE ${quoted(from)} RENAME TO ${quoted(to)}`)
}

export const databasesNamed = async (run: Run, prefix: string): Promise<string[]> => {
  const rows = await run('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [prefix])
  return rows.map((row) => String(row['datname']))
}
