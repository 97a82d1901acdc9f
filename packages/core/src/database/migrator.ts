import type { Umzug, UmzugStorage } from 'umzug'
import { defineErrors } from '../kernel/errors.js'
import type { Connection } from './connection.js'
import type { Executor, Transaction } from './executor.js'

const errors = defineErrors('MIGRATION', {
  FAILED: {
    status: 500,
    message: 'Migration "{name}" of "{owner}" failed; nothing of it was kept',
    hint: 'The cause is in the log. Mend the migration and run the command again.',
  },
})

/** A change of the database that belongs to a plugin. It runs once, in order, in a transaction. */
export interface Migration {
  /** Unique within its plugin; its rank is its place in the list. */
  readonly name: string
  readonly up: (transaction: Transaction) => Promise<void>
}

/** Declares a migration: raw SQL through `transaction.run`, or Sequelize's `transaction.schema.editor`. */
export const defineMigration = (migration: Migration): Migration => migration

export interface MigrationStatus {
  readonly plugin: string
  readonly name: string
  readonly state: 'done' | 'pending'
}

/** Where it is written down what ran: one row for each migration. */
const storageOf = (owner: string, transaction: Transaction): UmzugStorage => ({
  executed: async () => [...(await namesDone(owner, transaction))],
  logMigration: async ({ name }) => {
    await transaction.run({
      text: 'INSERT INTO postern.migrations (owner, name) VALUES ($1, $2)',
      values: [owner, name],
    })
  },
  unlogMigration: async ({ name }) => {
    await transaction.run({
      text: 'DELETE FROM postern.migrations WHERE owner = $1 AND name = $2',
      values: [owner, name],
    })
  },
})

/** Umzug is loaded only when there is something to run: most starts have nothing, and it is a third of their memory. */
async function umzugOf(owner: string, migrations: readonly Migration[], transaction: Transaction): Promise<Umzug> {
  const { Umzug } = await import('umzug')
  return new Umzug({
    migrations: migrations.map(({ name, up }) => ({ name, up: () => up(transaction) })),
    storage: storageOf(owner, transaction),
    logger: undefined,
  })
}

async function namesDone(owner: string, transaction: Transaction): Promise<ReadonlySet<string>> {
  const { rows } = await transaction.run({
    text: 'SELECT name FROM postern.migrations WHERE owner = $1',
    values: [owner],
  })
  return new Set(rows.map((row) => String(row['name'])))
}

/** Runs what an owner's list has and the database does not. @returns the names that ran @throws MIGRATION_FAILED */
export async function runMigrations(
  owner: string,
  migrations: readonly Migration[],
  transaction: Transaction,
): Promise<string[]> {
  if (migrations.length === 0) return []
  const done = await namesDone(owner, transaction)
  if (migrations.every(({ name }) => done.has(name))) return []
  try {
    const ran = await (await umzugOf(owner, migrations, transaction)).up()
    return ran.map(({ name }) => name)
  } catch (error) {
    const name = error instanceof Error && 'migration' in error ? nameOf(error.migration) : '?'
    throw errors.FAILED({ name, owner }, error)
  }
}

const nameOf = (migration: unknown): string =>
  typeof migration === 'object' && migration !== null && 'name' in migration ? String(migration.name) : '?'

/** Does the database hold the tables in which the server keeps what it knows of itself? */
export async function isPrepared(executor: Executor): Promise<boolean> {
  const { rows } = await executor.run({
    text: `SELECT to_regclass('postern.plugins') IS NOT NULL AS "there"`,
    values: [],
  })
  return rows[0]?.['there'] === true
}

/** What was migrated and what is pending; changes nothing, also in a database that is still empty. */
export async function migrationStatus(
  owner: string,
  migrations: readonly Migration[],
  connection: Connection,
): Promise<MigrationStatus[]> {
  return connection.transaction(async (transaction) => {
    const done = (await isPrepared(transaction)) ? await namesDone(owner, transaction) : new Set()
    return migrations.map(({ name }) => ({ plugin: owner, name, state: done.has(name) ? 'done' : 'pending' }))
  })
}
