import { randomUUID } from 'node:crypto'
import { createPostgresqlStore } from '../auth/rate-limit/postgresql-store.js'
import { openRedisStore } from '../auth/rate-limit/redis-store.js'
import type { Connection } from '../database/connection.js'
import type { PluginHost } from '../plugins/plugin-host.js'
import type { Config } from './config.js'

/** Servers that share a Redis must not share counts: their credentials have the same ids. The same for every node of one. */
async function prefixOf(connection: Connection): Promise<string> {
  await connection.run({
    text: `INSERT INTO postern.settings (name, value) VALUES ('installation', to_jsonb($1::text)) ON CONFLICT DO NOTHING`,
    values: [randomUUID()],
  })
  const { rows } = await connection.run({
    // A database that was made as a copy of another one has its setting.
    text: `SELECT value #>> '{}' AS id, current_database() AS name FROM postern.settings WHERE name = 'installation'`,
    values: [],
  })
  return `postern:${String(rows[0]?.['id'])}:${String(rows[0]?.['name'])}`
}

/** Opens the store for limits that the settings name: Redis when there is one, otherwise memory. @returns how to close it */
export async function openLimits(
  { limits, connection, log }: PluginHost,
  config: Config,
): Promise<() => Promise<void>> {
  const { REDIS_URL: url, LIMIT_STORE: store = url === undefined ? 'memory' : 'redis' } = config
  if (store === 'postgresql') {
    // A credential that is garbage must not cause a statement.
    limits.use(createPostgresqlStore(connection, log), { holdsGarbage: false })
  }
  if (store !== 'redis' || url === undefined) return () => Promise.resolve()
  const opened = await openRedisStore(url, await prefixOf(connection), log)
  limits.use(opened.store)
  return () => opened.close()
}
