import path from 'node:path'
import { parse, toClientConfig } from 'pg-connection-string'
import type { ConnectionSettings } from '../database/connection.js'
import { openEmbedded } from '../database/embedded.js'
import type { Config } from './config.js'

export interface DatabaseSource {
  readonly settings: ConnectionSettings
  /** Leaves the embedded server; the last process that uses it stops it. */
  readonly release: () => Promise<void>
}

const standardPort = 5432

function settingsOf(url: string): ConnectionSettings {
  const { host, port, user, password, database, ssl } = toClientConfig(parse(url))
  return {
    host: host ?? 'localhost',
    port: port ?? standardPort,
    user: user ?? 'postgres',
    password: typeof password === 'string' ? password : '',
    database: database ?? user ?? 'postgres',
    ...(ssl === undefined ? {} : { ssl }),
  }
}

/** Where the embedded PostgreSQL lies. */
export const embeddedFolder = ({ STORAGE_DIR: storage }: Config): string => path.join(storage, 'postgres')

/** The PostgreSQL of `DATABASE_URL`, or the embedded one in the storage. */
export async function openDatabase(config: Config, onProgress: (message: string) => void): Promise<DatabaseSource> {
  if (config.DATABASE_URL !== undefined)
    return { settings: settingsOf(config.DATABASE_URL), release: () => Promise.resolve() }
  const server = await openEmbedded({ directory: embeddedFolder(config), onProgress })
  return { settings: server.connection, release: () => server.release() }
}
