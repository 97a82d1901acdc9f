import { takeLock } from './advisory-lock.js'
import type { Connection } from './connection.js'
import { credentialWatchFunction } from './credential-watch.js'
import { defineMigration, migrationStatus, runMigrations, type MigrationStatus } from './migrator.js'
import { wallFunction } from './wall-function.js'

const owner = 'core'

/** The server's own tables live in a schema of their own, out of reach of collections. */
const migrations = [
  defineMigration({
    name: '0001-plugins-and-nodes',
    up: async ({ run }) => {
      const statements = [
        `CREATE TABLE postern.plugins (
           name text PRIMARY KEY, enabled boolean NOT NULL, installed boolean NOT NULL DEFAULT false, version text,
           options jsonb NOT NULL DEFAULT '{}', error text, updated_at timestamptz NOT NULL DEFAULT now())`,
        `CREATE TABLE postern.plugin_history (
           id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), plugin text NOT NULL, action text NOT NULL,
           by text NOT NULL, result text NOT NULL, error text)`,
        `CREATE UNLOGGED TABLE postern.nodes (
           id text PRIMARY KEY, started_at timestamptz NOT NULL DEFAULT now(), seen_at timestamptz NOT NULL DEFAULT now())`,
        `CREATE TABLE postern.collections (
           name text PRIMARY KEY, definition jsonb NOT NULL, created_at timestamptz(3) NOT NULL DEFAULT now(),
           updated_at timestamptz(3) NOT NULL DEFAULT now(), created_by bigint, updated_by bigint)`,
        `CREATE TABLE postern.settings (name text PRIMARY KEY, value jsonb NOT NULL)`,
      ]
      for (const text of statements) await run({ text, values: [] })
    },
  }),
  defineMigration({
    name: '0002-jobs',
    up: async ({ run }) => {
      await run({
        text: `CREATE TABLE postern.job_runs (
          job text PRIMARY KEY, due bigint NOT NULL, node text NOT NULL, at timestamptz NOT NULL DEFAULT now())`,
        values: [],
      })
    },
  }),
  defineMigration({
    name: '0003-connections-of-nodes',
    up: async ({ run }) => {
      await run({ text: 'ALTER TABLE postern.nodes ADD COLUMN backend integer', values: [] })
    },
  }),
  defineMigration({
    name: '0004-credential-watch',
    up: async ({ run }) => {
      await run(credentialWatchFunction)
    },
  }),
  defineMigration({
    name: '0005-rate-limits',
    up: async ({ run }) => {
      // As rate-limiter-flexible wants it. After a crash counts begin anew, which is cheaper than writing them to the log.
      await run({
        text: 'CREATE UNLOGGED TABLE postern.rate_limits (key varchar(255) PRIMARY KEY, points integer NOT NULL, expire bigint)',
        values: [],
      })
    },
  }),
  defineMigration({
    name: '0006-credential-usage',
    up: async ({ run }) => {
      await run({
        text: `CREATE TABLE postern.credential_usage (
          credential text, day date, good bigint NOT NULL, refused bigint NOT NULL, failed bigint NOT NULL,
          PRIMARY KEY (credential, day))`,
        values: [],
      })
    },
  }),
  defineMigration({
    name: '0004-running-jobs',
    up: async ({ run }) => {
      await run({ text: 'ALTER TABLE postern.job_runs ADD COLUMN running boolean NOT NULL DEFAULT false', values: [] })
    },
  }),
  wallFunction,
]

async function prepare(connection: Connection): Promise<void> {
  await connection.transaction(async (transaction) => {
    await takeLock(transaction, 'migrations')
    await transaction.run({ text: 'CREATE SCHEMA IF NOT EXISTS postern', values: [] })
    await transaction.run({
      text: `CREATE TABLE IF NOT EXISTS postern.migrations (
        owner text NOT NULL, name text NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (owner, name))`,
      values: [],
    })
  })
}

/** Brings the server's own tables up to date; nodes that start together do it once. @returns the names that ran */
export async function migrateCore(connection: Connection): Promise<string[]> {
  await prepare(connection)
  return connection.transaction(async (transaction) => {
    await takeLock(transaction, 'migrations')
    return runMigrations(owner, migrations, transaction)
  })
}

export const coreMigrationStatus = (connection: Connection): Promise<MigrationStatus[]> =>
  migrationStatus(owner, migrations, connection)
