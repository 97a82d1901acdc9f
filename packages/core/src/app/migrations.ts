import type { Connection } from '../database/connection.js'
import { coreMigrationStatus } from '../database/core-migrations.js'
import { migrationStatus, type MigrationStatus } from '../database/migrator.js'
import type { Plugin } from '../plugins/plugin.js'

/** The migrations of the server and of every plugin that is on, with what is done and what is pending. */
export async function allMigrations(connection: Connection, plugins: readonly Plugin[]): Promise<MigrationStatus[]> {
  const statuses = [await coreMigrationStatus(connection)]
  for (const { name, migrations } of plugins) statuses.push(await migrationStatus(name, migrations, connection))
  return statuses.flat()
}
